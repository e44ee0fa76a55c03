package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// audit recomputes the tree from the entries and proves samples of it over the log's tiles.
func (log *remoteLog) audit(told *report, samples int64) error {
	own, err := log.recompute(told)
	if err != nil {
		return err
	}
	for _, index := range spread(0, log.tree.N-1, samples) {
		if err := log.proveRecord(index, own); err != nil {
			return failed("inclusion", "index %d: %w", index, err)
		}
		told.Inclusion++
	}
	for _, size := range spread(1, log.tree.N, samples) {
		root, err := tlog.TreeHash(size, own)
		if err != nil {
			return failed("consistency", "size %d: %w", size, err)
		}
		if err := log.goesOnFrom(&state{log.origin, tlog.Tree{N: size, Hash: root}}); err != nil {
			return failed("consistency", "size %d: %w", size, err)
		}
		told.Consistency++
	}
	return nil
}

// recompute downloads every entry, compares it with its leaf tile, and checks the root over all of them.
func (log *remoteLog) recompute(told *report) (tlog.HashReader, error) {
	var stored []tlog.Hash
	own := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(stored)) {
				return nil, fmt.Errorf("hash %d is not computed", index)
			}
			found[i] = stored[index]
		}
		return found, nil
	})
	for start := int64(0); start < log.tree.N; start += tileWidth {
		width := min(tileWidth, log.tree.N-start)
		entries, err := log.bundle(start/tileWidth, int(width))
		if err != nil {
			return nil, failed("entries", "%w", err)
		}
		leaves := make([]int64, width)
		for i := range leaves {
			leaves[i] = tlog.StoredHashIndex(0, start+int64(i))
		}
		authentic, err := log.hashes().ReadHashes(leaves)
		if err != nil {
			return nil, failed("tiles", "%w", err)
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != authentic[i] {
				return nil, failed("entries", "entry %d is not the one in its tile", start+int64(i))
			}
			more, err := tlog.StoredHashes(start+int64(i), entry, own)
			if err != nil {
				return nil, failed("entries", "%w", err)
			}
			stored = append(stored, more...)
		}
		told.Entries += width
	}
	root, err := tlog.TreeHash(log.tree.N, own)
	if err != nil {
		return nil, failed("root", "%w", err)
	}
	if root != log.tree.Hash {
		return nil, failed("root", "the entries give %s", root)
	}
	return own, nil
}

// proveRecord makes a proof from the log's tiles and checks it for the entry that was downloaded.
func (log *remoteLog) proveRecord(index int64, own tlog.HashReader) error {
	proof, err := tlog.ProveRecord(log.tree.N, index, log.hashes())
	if err != nil {
		return err
	}
	leaf, err := own.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, log.tree.N, log.tree.Hash, index, leaf[0])
}

// goesOnFrom makes a consistency proof from the log's tiles and checks it for an earlier state.
func (log *remoteLog) goesOnFrom(old *state) error {
	if old.tree.N > log.tree.N {
		return fmt.Errorf("the log has shrunk from %d to %d", old.tree.N, log.tree.N)
	}
	if old.tree.N == 0 {
		empty, err := tlog.TreeHash(0, nil)
		if err == nil && empty != old.tree.Hash {
			err = fmt.Errorf("not the root of an empty tree")
		}
		return err
	}
	proof, err := tlog.ProveTree(log.tree.N, old.tree.N, log.hashes())
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, log.tree.N, log.tree.Hash, old.tree.N, old.tree.Hash)
}

// spread returns at most count numbers from first to last, both among them.
func spread(first, last, count int64) []int64 {
	var numbers []int64
	span := last - first
	for i := int64(0); span >= 0 && i < min(count, span+1); i++ {
		numbers = append(numbers, first+i*span/max(1, min(count, span+1)-1))
	}
	return numbers
}
