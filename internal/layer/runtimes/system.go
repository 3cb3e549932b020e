package runtimes

import (
	"cmp"
	"strconv"
	"strings"
)

// System is a Linux that runtimes stand on.
type System struct {
	Name string
	// Symbols is the highest symbol version that its libraries define, by the word in
	// front: GLIBC → 2.34.
	Symbols map[string]string
	// Libraries are sonames that are there whatever the runtime.
	Libraries []string
}

// The systems. Symbol versions follow from the releases of the libraries: glibc 2.17,
// 2.26 and 2.34; libstdc++ and libgcc of GCC 7.3 (Amazon Linux 1 and 2) and 11
// (Amazon Linux 2023); zlib 1.2.8, 1.2.7 and 1.2.11. Sources: the release notes of Amazon
// Linux 2 and 2023, read 2026-11-29; "ABI Policy and Guidelines" of libstdc++ for GCC →
// GLIBCXX and CXXABI; libgcc-std.ver of GCC; zlib.map of zlib.
var (
	al1 = &System{
		Name:      "Amazon Linux 1",
		Symbols:   map[string]string{"GLIBC": "2.17", "GLIBCXX": "3.4.24", "CXXABI": "1.3.11", "GCC": "7.0.0", "ZLIB": "1.2.7.1"},
		Libraries: shared("libcrypt.so.1", "libssl.so.10", "libcrypto.so.10"),
	}
	al2 = &System{
		Name:      "Amazon Linux 2",
		Symbols:   map[string]string{"GLIBC": "2.26", "GLIBCXX": "3.4.24", "CXXABI": "1.3.11", "GCC": "7.0.0", "ZLIB": "1.2.5.2"},
		Libraries: shared("libcrypt.so.1", "libssl.so.10", "libcrypto.so.10"),
	}
	al2023 = &System{
		Name:      "Amazon Linux 2023",
		Symbols:   map[string]string{"GLIBC": "2.34", "GLIBCXX": "3.4.29", "CXXABI": "1.3.13", "GCC": "11.0", "ZLIB": "1.2.9"},
		Libraries: shared("libcrypt.so.2", "libssl.so.3", "libcrypto.so.3"),
	}
)

// shared are the libraries that each of the systems has, with some more. What a
// language's runtime brings besides is not published by AWS: UNCONFIRMED, so that a
// library that is missing here is a note and nothing more.
func shared(more ...string) []string {
	return append([]string{
		"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1", "libresolv.so.2", "libanl.so.1",
		"libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
	}, more...)
}

// Has reports whether the system's libraries define a symbol version such as
// GLIBC_2.27. Words that the table lacks, as those of a layer's own libraries, are not
// judged: known is false.
func (s *System) Has(version string) (has, known bool) {
	word, number, ok := strings.Cut(version, "_")
	most := s.Symbols[word]
	if !ok || most == "" || number == "" || number[0] < '0' || number[0] > '9' {
		return false, false // such as GLIBC_PRIVATE
	}
	return CompareVersions(number, most) <= 0, true
}

// CompareVersions compares dotted numbers, part by part; a missing part is 0.
func CompareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if c := cmp.Compare(part(x, i), part(y, i)); c != 0 {
			return c
		}
	}
	return 0
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, err := strconv.Atoi(parts[i])
	if err != nil {
		return 0
	}
	return n
}

// Newest is the runtime without a language on the newest system.
func Newest() *Runtime { return Find("provided.al2023") }
