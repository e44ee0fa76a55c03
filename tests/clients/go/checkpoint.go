package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// state is a checkpoint whose signature was verified.
type state struct {
	origin string
	tree   tlog.Tree
}

// openCheckpoint verifies a note and reads the C2SP tlog-checkpoint in it.
func openCheckpoint(text []byte, vkey string) (*state, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, failed("vkey", "%w", err)
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return nil, failed("checkpoint", "%w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return nil, failed("checkpoint", "not three lines that begin with %q", verifier.Name())
	}
	size, err := decimal(lines[1])
	if err != nil {
		return nil, failed("checkpoint", "size: %w", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return nil, failed("checkpoint", "root: %w", err)
	}
	return &state{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

func openCheckpointFile(path, vkey string) (*state, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, failed("old", "%w", err)
	}
	return openCheckpoint(text, vkey)
}

// decimal reads a number that has neither sign nor leading zeros.
func decimal(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, err
	}
	if n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is not a plain decimal number", text)
	}
	return n, nil
}
