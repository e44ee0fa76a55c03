// Command gowitness checks cosignatures on a checkpoint as a stranger would: with transparency-dev/formats and
// golang.org/x/mod alone.
//
//	gowitness <file of a note> <vkey of type 04 or 06>...
//
// It prints one JSON object with the names whose cosignatures hold; the exit code is 0 only if all of them do.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	names, err := check(os.Args[1], os.Args[2:])
	told := map[string]any{"names": names}
	if err != nil {
		told["error"] = err.Error()
	}
	if json.NewEncoder(os.Stdout).Encode(told) != nil || err != nil {
		os.Exit(1)
	}
}

func check(path string, vkeys []string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := cosignature.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return nil, fmt.Errorf("vkey: %w", err)
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, signature := range opened.Sigs {
		names = append(names, signature.Name)
	}
	if len(names) != len(verifiers) {
		return names, fmt.Errorf("%d of %d have cosigned", len(names), len(verifiers))
	}
	return names, nil
}
