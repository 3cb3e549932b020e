package check

// Code is a kind of finding, as one of a closed list. Codes are part of the JSON and
// SARIF output and stay.
type Code string

// The kinds of findings.
const (
	UnsafeArchive       Code = "unsafe_archive"
	UnreadableMode      Code = "unreadable_mode"
	NotExecutable       Code = "not_executable"
	SetUID              Code = "setuid"
	WrongArchitecture   Code = "wrong_architecture"
	MissingArchitecture Code = "missing_architecture"
	OtherArchitecture   Code = "other_architecture"
	NoArchitecture      Code = "architecture_not_declared"
	ForeignSystem       Code = "foreign_system"
	ForeignBeside       Code = "foreign_system_besides"
	SymbolVersion       Code = "symbol_version"
	Musl                Code = "musl"
	MissingLibrary      Code = "missing_library"
	InstructionSet      Code = "instruction_set"
	BrokenNative        Code = "broken_native_code"
	PythonTag           Code = "python_tag"
	PythonTagPartly     Code = "python_tag_partly"
	StableABI           Code = "python_stable_abi"
	RequiresPython      Code = "requires_python"
	DuplicatePackage    Code = "duplicate_package"
	ForeignBytecode     Code = "foreign_bytecode"
	NodeModule          Code = "node_module_version"
	Engines             Code = "node_engines"
	JavaClass           Code = "java_class_version"
	VersionedFolder     Code = "versioned_folder"
	Layout              Code = "layout"
	Junk                Code = "junk"
	RuntimeUnknown      Code = "runtime_unknown"
	RuntimeRefused      Code = "runtime_refused"
	RuntimeRetired      Code = "runtime_retired"
	Secret              Code = "secret"
	SecretFile          Code = "secret_file"
	PossibleSecret      Code = "possible_secret"
	AllowUnused         Code = "allow_unused"
)

// Titles are what each code stands for, in a few words.
var Titles = map[Code]string{
	UnsafeArchive:       "the archive may harm whoever unpacks it",
	UnreadableMode:      "a function may not read the file or enter the folder",
	NotExecutable:       "Lambda or a function may not execute the file",
	SetUID:              "setuid or setgid",
	WrongArchitecture:   "native code for another processor",
	MissingArchitecture: "no native code for one of the declared architectures",
	OtherArchitecture:   "native code for a processor that is not declared, besides",
	NoArchitecture:      "native code, and no architectures declared",
	ForeignSystem:       "native code for another system only",
	ForeignBeside:       "native code for another system, besides",
	SymbolVersion:       "newer system libraries needed than the runtime has",
	Musl:                "native code for musl",
	MissingLibrary:      "a shared library that is not known to be there",
	InstructionSet:      "instructions that not every processor has",
	BrokenNative:        "native code that cannot be read",
	PythonTag:           "a Python extension that no declared runtime loads",
	PythonTagPartly:     "a Python extension that some declared runtimes do not load",
	StableABI:           "symbols that the stable ABI does not have",
	RequiresPython:      "a package for other versions of Python",
	DuplicatePackage:    "a package in several versions",
	ForeignBytecode:     "byte code of another Python",
	NodeModule:          "a Node.js addon for other versions of Node.js",
	Engines:             "a package for other versions of Node.js",
	JavaClass:           "class files for a newer Java",
	VersionedFolder:     "a folder that no declared runtime looks into",
	Layout:              "files where no declared runtime looks",
	Junk:                "left-overs of tools",
	RuntimeUnknown:      "an unknown runtime",
	RuntimeRefused:      "a runtime that AWS does not accept",
	RuntimeRetired:      "a runtime without support",
	Secret:              "a secret in a file",
	SecretFile:          "a file that must stay where it is",
	PossibleSecret:      "what may be a secret",
	AllowUnused:         "an exception that nothing needs",
}
