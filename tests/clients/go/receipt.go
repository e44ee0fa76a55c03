package main

import (
	"encoding/base64"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// receipt is a C2SP tlog-proof that was checked.
type receipt struct {
	Index int64  `json:"index"`
	Size  int64  `json:"size"`
	Entry string `json:"entry"`
}

func checkReceiptFile(path, vkey string) (*receipt, *state, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, failed("receipt", "%w", err)
	}
	return checkReceipt(string(text), vkey)
}

// checkReceipt verifies a receipt with the key of the log alone: the entry is in its extra line.
func checkReceipt(text, vkey string) (*receipt, *state, error) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, nil, failed("receipt", "not a tlog-proof")
	}
	extra, isExtra := strings.CutPrefix(lines[1], "extra ")
	number, isIndex := strings.CutPrefix(lines[2], "index ")
	if !isExtra || !isIndex {
		return nil, nil, failed("receipt", "no extra line, or no index line after it")
	}
	entry, err := base64.StdEncoding.Strict().DecodeString(extra)
	if err != nil {
		return nil, nil, failed("receipt", "extra: %w", err)
	}
	index, err := decimal(number)
	if err != nil {
		return nil, nil, failed("receipt", "index: %w", err)
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, nil, failed("receipt", "proof: %w", err)
		}
		proof = append(proof, hash)
	}
	signed, err := openCheckpoint([]byte(checkpoint), vkey)
	if err != nil {
		return nil, nil, err
	}
	if index >= signed.tree.N {
		return nil, nil, failed("receipt", "index %d is outside a tree of size %d", index, signed.tree.N)
	}
	err = tlog.CheckRecord(proof, signed.tree.N, signed.tree.Hash, index, tlog.RecordHash(entry))
	if err != nil {
		return nil, nil, failed("receipt", "%w", err)
	}
	return &receipt{index, signed.tree.N, string(entry)}, signed, nil
}
