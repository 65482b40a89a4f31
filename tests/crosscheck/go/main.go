// Checks the examples of scripts/crosscheck with golang.org/x/mod: note, inclusion, consistency.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func bytesOf(text string) []byte {
	data, err := hex.DecodeString(strings.TrimPrefix(text, "-"))
	if err != nil {
		panic(err)
	}
	return data
}

func hashes(text string) (all []tlog.Hash) {
	data := bytesOf(text)
	for at := 0; at+tlog.HashSize <= len(data); at += tlog.HashSize {
		all = append(all, tlog.Hash(data[at:at+tlog.HashSize]))
	}
	return all
}

func check(words []string, verifier note.Verifier) error {
	signed, err := note.Open(bytesOf(words[1]), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(signed.Text, "\n", 2)[1]))
	if err != nil {
		return err
	}
	if origin := strings.SplitN(signed.Text, "\n", 2)[0]; origin != verifier.Name() {
		return fmt.Errorf("origin %q", origin)
	}
	index, _ := strconv.ParseInt(words[3], 10, 64)
	if err := tlog.CheckRecord(hashes(words[4]), tree.N, tree.Hash, index, tlog.RecordHash(bytesOf(words[2]))); err != nil {
		return err
	}
	old, _ := strconv.ParseInt(words[5], 10, 64)
	return tlog.CheckTree(hashes(words[7]), tree.N, tree.Hash, old, tlog.Hash(bytesOf(words[6])))
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		words := strings.Split(lines.Text(), " ")
		fmt.Println(words[0], check(words, verifier) == nil)
	}
}
