package archive

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Format is what the first bytes of a file say: whether it is for a processor, and
// which.
type Format struct {
	Kind    Kind
	Machine elf.Machine // of ELF files
}

// Kind is a family of file formats.
type Kind uint8

// The kinds that matter to a layer.
const (
	Plain Kind = iota
	Script
	ELF
	MachO   // macOS
	Windows // PE
)

// headSize is how many bytes of a file tell its format: an ELF header up to and with
// e_machine, at offset 18 in both classes.
const headSize = 20

func formatOf(head []byte) Format {
	switch {
	case bytes.HasPrefix(head, []byte("#!")):
		return Format{Kind: Script}
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)) && len(head) == headSize:
		var order binary.ByteOrder = binary.LittleEndian
		if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
			order = binary.BigEndian
		}
		return Format{ELF, elf.Machine(order.Uint16(head[18:]))}
	case bytes.HasPrefix(head, []byte{0xcf, 0xfa, 0xed, 0xfe}), bytes.HasPrefix(head, []byte{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0}) && len(head) > 7 && head[7] < 20:
		// The second is a fat binary; a Java class has its version, 45 and up, there.
		return Format{Kind: MachO}
	case bytes.HasPrefix(head, []byte("MZ")):
		return Format{Kind: Windows}
	}
	return Format{}
}

func (f Format) executable() bool { return f.Kind == ELF || f.Kind == Script }

// architectures are Lambda's names of the processors it has.
var architectures = map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "arm64"}

// CheckMachines compares native code with the architectures that the layer declares.
// Lambda does not: a function would fail when it loads the file. Code for a processor
// that is not declared is an error that names the file; a note says when one of
// several declared architectures has no code while another has.
func (a *Archive) CheckMachines(declared []string) (notes []string, err error) {
	found := map[string]string{} // architecture → first file
	for _, e := range a.Entries {
		switch e.Format.Kind {
		case MachO, Windows:
			if library(e.Name) {
				notes = append(notes, fmt.Sprintf("%s is a library for %s, which Lambda cannot load", e.Name, map[Kind]string{MachO: "macOS", Windows: "Windows"}[e.Format.Kind]))
			}
			continue
		case ELF:
		default:
			continue
		}
		arch := architectures[e.Format.Machine]
		switch {
		case arch == "":
			return nil, &EntryError{e.Name, fmt.Sprintf("is for %s, which Lambda does not have", e.Format.Machine), "build it for x86_64 or arm64"}
		case len(declared) > 0 && !slices.Contains(declared, arch):
			return nil, &EntryError{
				e.Name, fmt.Sprintf("is for %s, but the layer declares %s", arch, strings.Join(declared, " and ")),
				"build it for " + strings.Join(declared, " and ") + ", or correct architectures",
			}
		case found[arch] == "":
			found[arch] = e.Name
		}
	}
	for _, arch := range declared {
		for have, file := range found {
			if found[arch] == "" {
				notes = append(notes, fmt.Sprintf("architectures declares %s, but native code such as %s is for %s only", arch, file, have))
			}
		}
	}
	if len(declared) == 0 && len(found) == 1 {
		for have, file := range found {
			notes = append(notes, fmt.Sprintf("%s is for %s, and the layer declares no architectures", file, have))
		}
	}
	return notes, nil
}

func library(name string) bool {
	return slices.Contains([]string{".so", ".node", ".dylib", ".dll", ".pyd"}, path.Ext(name))
}
