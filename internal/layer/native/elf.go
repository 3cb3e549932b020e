package native

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
)

// architectures are Lambda's names of the processors that it has.
var architectures = map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "arm64"}

// mostTable is the largest symbol or string table that is read, in bytes: a hundred
// times what large libraries have.
const mostTable = 64 << 20

func readELF(data []byte) (*File, error) {
	x, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return header(data, err)
	}
	f := &File{Arch: arch(x.Machine), Loadable: x.Type == elf.ET_DYN || x.Type == elf.ET_EXEC}
	for _, s := range x.Sections {
		if s.Size > mostTable && (s.Type == elf.SHT_DYNSYM || s.Type == elf.SHT_STRTAB && s.Name == ".dynstr" || s.Type == elf.SHT_GNU_VERNEED) {
			return f, fmt.Errorf("%w: table %s has %d bytes", errBroken, s.Name, s.Size)
		}
	}
	for _, p := range x.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			b := make([]byte, p.Filesz)
			if n, _ := p.ReadAt(b, 0); n == len(b) {
				f.Interp = strings.TrimRight(string(b), "\x00")
			}
		}
	}
	f.Level, f.System = level(x), system(x)
	if x.SectionByType(elf.SHT_DYNAMIC) == nil {
		return f, nil // nothing is loaded besides, or nobody can tell
	}
	return f, f.dynamic(x)
}

// system is what an ELF file that is not for Linux is for: Android notes itself, FreeBSD
// has an ABI number of its own.
func system(x *elf.File) string {
	switch {
	case x.Section(".note.android.ident") != nil:
		return "Android"
	case x.OSABI == elf.ELFOSABI_FREEBSD:
		return "FreeBSD"
	}
	return ""
}

// header is what there is of a file whose tables are broken: the processor.
func header(data []byte, err error) (*File, error) {
	const machineEnd = 20 // e_machine is at 18 in both classes
	if len(data) < machineEnd {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(data[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	f := &File{Arch: arch(elf.Machine(order.Uint16(data[18:]))), Loadable: elf.Type(order.Uint16(data[16:])) != elf.ET_REL}
	return f, fmt.Errorf("%w: %w", errBroken, err)
}

func arch(m elf.Machine) string {
	if name := architectures[m]; name != "" {
		return name
	}
	return m.String()
}

// dynamic reads what the loader would.
func (f *File) dynamic(x *elf.File) error {
	var err error
	if f.Needed, err = x.ImportedLibraries(); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	if names, err := x.DynString(elf.DT_SONAME); err == nil && len(names) > 0 {
		f.Soname = names[0]
	}
	needs, err := x.DynamicVersionNeeds()
	if err != nil && x.SectionByType(elf.SHT_GNU_VERNEED) != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	for _, n := range needs {
		for _, d := range n.Needs {
			f.Versions = append(f.Versions, Version{n.Name, d.Dep})
		}
	}
	symbols, err := x.DynamicSymbols()
	if err != nil {
		return nil //nolint:nilerr // a library without symbols is none that is broken
	}
	for _, s := range symbols {
		switch {
		case !interesting(s.Name):
		case s.Section == elf.SHN_UNDEF:
			f.Imports = append(f.Imports, s.Name)
		default:
			f.Exports = append(f.Exports, s.Name)
		}
	}
	return nil
}

// interesting are symbols of CPython's and Node.js's interfaces.
func interesting(name string) bool {
	for _, prefix := range []string{"Py", "_Py", "napi_", "node_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// level reads the x86-64 level that the linker noted (GNU_PROPERTY_X86_ISA_1_NEEDED of
// the x86-64 psABI, chapter "Program Property").
func level(x *elf.File) int {
	const (
		typeProperty = 5          // NT_GNU_PROPERTY_TYPE_0
		isaNeeded    = 0xc0008002 // GNU_PROPERTY_X86_ISA_1_NEEDED
		mostNote     = 1 << 16
	)
	s := x.Section(".note.gnu.property")
	if x.Machine != elf.EM_X86_64 || s == nil || s.Size > mostNote {
		return 0
	}
	note, err := s.Data()
	if err != nil || len(note) < 16 || x.ByteOrder.Uint32(note[8:]) != typeProperty {
		return 0
	}
	for rest := note[16:]; len(rest) >= 8; {
		kind, size := x.ByteOrder.Uint32(rest), x.ByteOrder.Uint32(rest[4:])
		rest = rest[8:]
		if uint64(size) > uint64(len(rest)) {
			return 0
		}
		if kind == isaNeeded && size >= 4 {
			bits := x.ByteOrder.Uint32(rest)
			for n := 4; n > 0; n-- {
				if bits&(1<<(n-1)) != 0 {
					return n
				}
			}
		}
		const align = 8
		rest = rest[min(len(rest), int(size+align-1)&^(align-1)):]
	}
	return 0
}
