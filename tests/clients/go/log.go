package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxBody    = 32 << 20
)

var errNotFound = errors.New("404")

// remoteLog is a log behind HTTP, in the state of its checkpoint. It is a tlog.TileReader over C2SP paths.
type remoteLog struct {
	state
	url    string
	client http.Client
	tiles  map[tlog.Tile][]byte
}

func openLog(url, vkey string) (*remoteLog, error) {
	log := &remoteLog{url: strings.TrimSuffix(url, "/"), tiles: map[tlog.Tile][]byte{}}
	log.client.Timeout = 20 * time.Second
	text, err := log.get("checkpoint")
	if err != nil {
		return nil, failed("checkpoint", "%w", err)
	}
	opened, err := openCheckpoint(text, vkey)
	if err != nil {
		return nil, err
	}
	log.state = *opened
	return log, nil
}

// hashes returns a reader that authenticates every tile against the root of the checkpoint.
func (log *remoteLog) hashes() tlog.HashReader { return tlog.TileHashReader(log.tree, log) }

// Height is that of C2SP tlog-tiles.
func (log *remoteLog) Height() int { return tileHeight }

// ReadTiles fetches tiles; a tile kept in memory was authenticated before.
func (log *remoteLog) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, kept := log.tiles[tile]
		if !kept {
			whole, err := log.getWide(fmt.Sprintf("tile/%d/%s", tile.L, number(tile.N)), tile.W)
			if err != nil {
				return nil, err
			}
			if len(whole) < tile.W*tlog.HashSize {
				return nil, fmt.Errorf("tile %d/%d is too short", tile.L, tile.N)
			}
			data = whole[:tile.W*tlog.HashSize]
		}
		found[i] = data
	}
	return found, nil
}

// SaveTiles keeps tiles that were authenticated.
func (log *remoteLog) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, tile := range tiles {
		log.tiles[tile] = data[i]
	}
}

// bundle fetches the entries of the n-th bundle, width of them.
func (log *remoteLog) bundle(n int64, width int) ([][]byte, error) {
	data, err := log.getWide("tile/entries/"+number(n), width)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 && len(entries) < width {
		if len(data) < 2 {
			return nil, fmt.Errorf("bundle %d is cut off", n)
		}
		end := 2 + int(data[0])<<8 + int(data[1])
		if len(data) < end {
			return nil, fmt.Errorf("bundle %d is cut off", n)
		}
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(entries) < width {
		return nil, fmt.Errorf("bundle %d holds %d entries, not %d", n, len(entries), width)
	}
	return entries, nil
}

// getWide fetches a tile or bundle of this width, or the full one where the partial one is gone.
func (log *remoteLog) getWide(path string, width int) ([]byte, error) {
	if width == tileWidth {
		return log.get(path)
	}
	data, err := log.get(fmt.Sprintf("%s.p/%d", path, width))
	if errors.Is(err, errNotFound) {
		return log.get(path)
	}
	return data, err
}

func (log *remoteLog) get(path string) ([]byte, error) {
	answer, err := log.client.Get(log.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w", path, errNotFound)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxBody))
}

// number writes a tile's number as C2SP does: 1234067 is x001/x234/067.
func number(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}
