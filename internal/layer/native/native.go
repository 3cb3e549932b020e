// Package native reads what a compiled file says about where it can run: which system
// and processor it is for, which libraries and which of their symbol versions it needs.
// It trusts nothing of a file: sizes are limited, and a panic of a reader is an error.
package native

import (
	"bytes"
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is a family of file formats.
type Kind uint8

// The kinds that matter to a layer.
const (
	Plain Kind = iota
	Script
	ELF   // Linux
	MachO // macOS
	PE    // Windows
	Wasm  // WebAssembly, for any system
	Class // Java
)

func (k Kind) String() string {
	return [...]string{"plain", "script", "Linux", "macOS", "Windows", "WebAssembly", "Java"}[k]
}

// Foreign reports whether files of the kind are for another system than Linux.
func (k Kind) Foreign() bool { return k == MachO || k == PE }

// Executable reports whether Linux executes files of the kind, as far as their first
// bytes tell.
func (k Kind) Executable() bool { return k == ELF || k == Script }

// Sniff tells the kind by the beginning of a file, of which it looks at no more than
// HeadSize bytes.
func Sniff(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte("#!")):
		return Script
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return ELF
	case bytes.HasPrefix(head, []byte{0xcf, 0xfa, 0xed, 0xfe}), bytes.HasPrefix(head, []byte{0xce, 0xfa, 0xed, 0xfe}):
		return MachO
	case bytes.HasPrefix(head, []byte{0xca, 0xfe, 0xba, 0xbe}) && len(head) >= 8:
		// A fat binary has the number of its parts where a class file has its version, 45 and up.
		if binary.BigEndian.Uint32(head[4:]) < 20 {
			return MachO
		}
		return Class
	case bytes.HasPrefix(head, []byte("\x00asm")):
		return Wasm
	case isPE(head):
		return PE
	}
	return Plain
}

// HeadSize is how many bytes of a file tell its kind.
const HeadSize = 1024

// isPE looks for the second signature besides "MZ": a text may begin with these letters.
func isPE(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("MZ")) || len(head) < 0x40 {
		return false
	}
	at := int64(binary.LittleEndian.Uint32(head[0x3c:]))
	return at+4 <= int64(len(head)) && string(head[at:at+4]) == "PE\x00\x00"
}

// Managed reports whether a PE file is a .NET assembly, which runs on any system.
func Managed(data []byte) (managed bool) {
	defer func() {
		if recover() != nil { // as in Read
			managed = false
		}
	}()
	x, err := pe.NewFile(bytes.NewReader(data))
	if err != nil {
		return false
	}
	const clr = pe.IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR
	switch h := x.OptionalHeader.(type) {
	case *pe.OptionalHeader32:
		return h.DataDirectory[clr].Size > 0
	case *pe.OptionalHeader64:
		return h.DataDirectory[clr].Size > 0
	}
	return false
}

// ClassVersion is the major version of a Java class file; 0 for anything else.
func ClassVersion(head []byte) int {
	if Sniff(head) != Class {
		return 0
	}
	return int(binary.BigEndian.Uint16(head[6:]))
}

// File is what an ELF file says.
type File struct {
	// Arch is Lambda's name of the processor, or that of package debug/elf, such as EM_386.
	Arch string
	// Loadable says that it is a program or a shared library, and not an object file.
	Loadable bool
	// System is another one than Linux that has ELF files, such as FreeBSD; else empty.
	System string
	// Interp is the loader of a program, such as /lib/ld-musl-x86_64.so.1.
	Interp string
	Soname string
	Needed []string // sonames
	// Versions are the symbol versions that it needs, each once.
	Versions []Version
	// Imports and Exports are the symbols of Python's and Node.js's interfaces.
	Imports, Exports []string
	// Level is the x86-64 level that it was marked to need, 1 to 4; 0 where nothing is said.
	Level int
}

// Version is a symbol version that a library has to define.
type Version struct {
	Library string // soname, such as libc.so.6
	Name    string // such as GLIBC_2.34
}

// errBroken wraps what the readers of the standard library say.
var errBroken = errors.New("broken or cut short")

// Read reads an ELF file.
func Read(data []byte) (f *File, err error) {
	// The readers of debug/ are not made for hostile files (their package comments).
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("%w: %v", errBroken, r)
		}
	}()
	return readELF(data)
}

// Musl reports whether the file is for musl, the C library of Alpine Linux: another
// loader, another libc.
func (f *File) Musl() bool {
	return strings.Contains(f.Interp, "ld-musl-") || slices.ContainsFunc(f.Needed, func(n string) bool {
		// musl's own soname is "libc.so" without a number; distributions add their processor's.
		return n == "libc.so" || strings.HasPrefix(n, "libc.musl-") || strings.HasPrefix(n, "ld-musl-")
	})
}
