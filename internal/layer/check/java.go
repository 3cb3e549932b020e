package check

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/layer/native"
)

// javaOf is the release of Java that a class file version is of: 52 is Java 8.
const firstClass = 44

// java compares class file versions with the declared runtimes.
func (c *collector) java() {
	for _, r := range c.runtimes {
		if r.JavaClass == 0 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(c.class)) {
			if v := c.class[name]; v > r.JavaClass {
				c.add(JavaClass, Note, "file", name, "compile with --release "+javaRelease(r.JavaClass), "{has|have} class files of Java %s, and %s loads those up to Java %s",
					javaRelease(v), r.ID, javaRelease(r.JavaClass))
			}
		}
	}
}

func javaRelease(class int) string { return numbersText([]int{class - firstClass}) }

// jarVersion is the highest version of the class files of a jar that every Java loads:
// those of META-INF/versions are for newer ones.
func jarVersion(content []byte) (highest int) {
	const most = 20000 // classes to look at
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return 0
	}
	for i, f := range z.File {
		if i == most {
			break
		}
		if path.Ext(f.Name) != ".class" || strings.HasPrefix(f.Name, "META-INF/") || path.Base(f.Name) == "module-info.class" {
			continue
		}
		highest = max(highest, classIn(f))
	}
	return highest
}

func classIn(f *zip.File) int {
	r, err := f.Open()
	if err != nil {
		return 0
	}
	defer func() { _ = r.Close() }() // only read
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0
	}
	return native.ClassVersion(head)
}
