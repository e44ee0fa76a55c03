// Command client checks a Packtrace log as a stranger would: it shares no code with the project and trusts
// golang.org/x/mod/sumdb (note and tlog) for signatures, hashes and proofs.
//
// It opens the checkpoint, downloads every entry, recomputes the root, proves entries and earlier sizes over
// authenticated tiles, and on demand checks a receipt and an earlier checkpoint. One JSON object on standard
// output says what was checked; the exit code is 0 only if everything held.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
)

// report is what the program prints.
type report struct {
	OK          bool     `json:"ok"`
	Failed      string   `json:"failed,omitempty"`
	Error       string   `json:"error,omitempty"`
	Origin      string   `json:"origin,omitempty"`
	Size        int64    `json:"size"`
	Root        string   `json:"root,omitempty"`
	Entries     int64    `json:"entries"`
	Inclusion   int      `json:"inclusion"`
	Consistency int      `json:"consistency"`
	Old         *place   `json:"old,omitempty"`
	Receipt     *receipt `json:"receipt,omitempty"`
}

// place is an earlier state of the log.
type place struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// checkError names the check that failed.
type checkError struct {
	check string
	err   error
}

func (e *checkError) Error() string { return e.err.Error() }

func failed(check, format string, args ...any) error {
	return &checkError{check, fmt.Errorf(format, args...)}
}

func main() {
	url := flag.String("url", "", "prefix of the log, like http://127.0.0.1:8080/log; empty to check a receipt alone")
	vkey := flag.String("vkey", "", "verifier key of the log")
	receiptFile := flag.String("receipt", "", "file of a receipt (tlog-proof) to check")
	oldFile := flag.String("old", "", "file of an earlier checkpoint that the log must go on from")
	samples := flag.Int64("samples", 64, "how many entries and how many earlier sizes to prove")
	flag.Parse()

	var told report
	err := run(&told, *url, *vkey, *receiptFile, *oldFile, *samples)
	told.OK = err == nil
	if err != nil {
		var check *checkError
		if errors.As(err, &check) {
			told.Failed = check.check
		}
		told.Error = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil || !told.OK {
		os.Exit(1)
	}
}

func run(told *report, url, vkey, receiptFile, oldFile string, samples int64) error {
	if url == "" && receiptFile == "" {
		return failed("usage", "neither -url nor -receipt is given")
	}
	var held *state
	if receiptFile != "" {
		checked, tree, err := checkReceiptFile(receiptFile, vkey)
		if err != nil {
			return err
		}
		told.Receipt, held = checked, tree
	}
	if url == "" {
		return nil
	}
	log, err := openLog(url, vkey)
	if err != nil {
		return err
	}
	told.Origin, told.Size, told.Root = log.origin, log.tree.N, log.tree.Hash.String()
	if err := log.audit(told, samples); err != nil {
		return err
	}
	if oldFile != "" {
		old, err := openCheckpointFile(oldFile, vkey)
		if err != nil {
			return err
		}
		if err := log.goesOnFrom(old); err != nil {
			return failed("old", "%w", err)
		}
		told.Old = &place{old.tree.N, old.tree.Hash.String()}
	}
	if held != nil {
		if err := log.goesOnFrom(held); err != nil {
			return failed("receipt", "its checkpoint is of another history: %w", err)
		}
	}
	return nil
}
