// Checks a log with golang.org/x/mod/sumdb. It uses none of this program's code.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run check.go LOG
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, name))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func tilePath(index int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	return path
}

func head(file string, keys note.Verifiers) tlog.Tree {
	opened := must(note.Open(must(os.ReadFile(file)), keys))
	lines := strings.Split(opened.Text, "\n")
	var size int64
	must(fmt.Sscan(lines[1], &size))
	return tlog.Tree{N: size, Hash: must(tlog.ParseHash(lines[2]))}
}

func main() {
	folder := os.Args[1]
	vkey := strings.Split(string(must(os.ReadFile(filepath.Join(folder, "key.pub")))), "\n")[0]
	keys := note.VerifierList(must(note.NewVerifier(vkey)))
	tree := head(filepath.Join(folder, "checkpoint"), keys)
	hashes := tlog.TileHashReader(tree, tiles{folder})
	if must(tlog.TreeHash(tree.N, hashes)) != tree.Hash {
		log.Fatal("the tiles have another root")
	}
	for start := int64(0); start < tree.N; start += 256 {
		name := tilePath(start / 256)
		if width := tree.N - start; width < 256 {
			name = fmt.Sprintf("%s.p/%d", name, width)
		}
		data := must(os.ReadFile(filepath.Join(folder, "tile", "entries", name)))
		for index := start; len(data) > 0; index++ {
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			data = data[2+length:]
			proof := must(tlog.ProveRecord(tree.N, index, hashes))
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
				log.Fatalf("entry %d: %v", index, err)
			}
			changed := append([]byte{}, entry...)
			changed[len(changed)/2] ^= 1
			if tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(changed)) == nil {
				log.Fatalf("entry %d: a changed byte was taken", index)
			}
		}
	}
	stored := must(filepath.Glob(filepath.Join(folder, "checkpoints", "*")))
	for _, file := range stored {
		if strings.HasSuffix(file, ".tsr") {
			continue
		}
		old := head(file, keys)
		proof := must(tlog.ProveTree(tree.N, old.N, hashes))
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			log.Fatalf("%s: %v", file, err)
		}
	}
	fmt.Printf("log: %d entries, %d checkpoints: signatures, inclusion and consistency are right\n", tree.N, len(stored))
}
