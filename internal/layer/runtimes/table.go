package runtimes

import "time"

// table has every runtime of the SDK's types.Runtime; a test holds it to that.
//
// Dates: "Supported runtimes" and "Deprecated runtimes" of the Lambda Developer Guide,
// page lambda-runtimes, as cfn-lint 1.51.0 carries them. AWS has moved such dates
// before, so that a date alone never refuses a runtime.
// Refused: PublishLayerVersion's own list of 2026-03-28 (cfn-lint issue 4427). What the
// SDK has had since is taken to be accepted: UNCONFIRMED.
// Systems: the same page of the guide (reference aws.md §9.2). java8.al2023 and its like
// carry the system in their name.
// NodeModule: doc/abi_version_registry.json of Node.js; that of 26 is not known here.
// JavaClass: the Java Virtual Machine Specification, table 4.1-A.
var table = []Runtime{
	{ID: "python3.15", System: al2023, Python: "3.15"}, // date not known
	{ID: "python3.14", System: al2023, Python: "3.14", Deprecated: day(2029, 6, 30), Blocked: day(2029, 7, 31)},
	{ID: "python3.13", System: al2023, Python: "3.13", Deprecated: day(2029, 6, 30), Blocked: day(2029, 7, 31)},
	{ID: "python3.12", System: al2023, Python: "3.12", Deprecated: day(2028, 10, 31), Blocked: day(2028, 11, 30)},
	{ID: "python3.11", System: al2, Python: "3.11", Deprecated: day(2026, 6, 30), Blocked: day(2026, 7, 31)},
	{ID: "python3.10", System: al2, Python: "3.10", Deprecated: day(2026, 6, 30), Blocked: day(2026, 7, 31)},
	{ID: "python3.9", System: al2, Python: "3.9", Deprecated: day(2025, 12, 15), Blocked: day(2026, 6, 1)},
	{ID: "python3.8", System: al2, Python: "3.8", Deprecated: day(2024, 10, 14), Blocked: day(2026, 6, 1)},
	{ID: "python3.7", System: al1, Python: "3.7", Deprecated: day(2023, 12, 4), Blocked: day(2024, 1, 9), Refused: true},
	{ID: "python3.6", System: al1, Python: "3.6", Deprecated: day(2022, 7, 18), Blocked: day(2022, 7, 18), Refused: true},
	{ID: "python2.7", System: al1, Python: "2.7", Deprecated: day(2021, 7, 15), Blocked: day(2021, 7, 15), Refused: true},

	{ID: "nodejs26.x", System: al2023, NodeMajor: 26}, // date not known
	{ID: "nodejs24.x", System: al2023, NodeMajor: 24, NodeModule: 137, Deprecated: day(2028, 4, 30), Blocked: day(2028, 6, 1)},
	{ID: "nodejs22.x", System: al2023, NodeMajor: 22, NodeModule: 127, Deprecated: day(2027, 4, 30), Blocked: day(2027, 6, 1)},
	{ID: "nodejs20.x", System: al2023, NodeMajor: 20, NodeModule: 115, Deprecated: day(2026, 4, 30), Blocked: day(2026, 6, 1)},
	{ID: "nodejs18.x", System: al2, NodeMajor: 18, NodeModule: 108, Deprecated: day(2025, 9, 1), Blocked: day(2026, 6, 1)},
	{ID: "nodejs16.x", System: al2, NodeMajor: 16, NodeModule: 93, Deprecated: day(2024, 6, 12), Blocked: day(2026, 6, 1)},
	{ID: "nodejs14.x", System: al2, NodeMajor: 14, NodeModule: 83, Deprecated: day(2023, 12, 4), Blocked: day(2024, 1, 9), Refused: true},
	{ID: "nodejs12.x", System: al2, NodeMajor: 12, NodeModule: 72, Deprecated: day(2023, 3, 31), Blocked: day(2023, 3, 31), Refused: true},
	{ID: "nodejs10.x", System: al2, NodeMajor: 10, NodeModule: 64, Deprecated: day(2021, 7, 30), Blocked: day(2021, 7, 30), Refused: true},
	{ID: "nodejs8.10", System: al1, NodeMajor: 8, NodeModule: 57, Deprecated: day(2020, 3, 6), Blocked: day(2020, 2, 4), Refused: true},
	{ID: "nodejs6.10", System: al1, NodeMajor: 6, NodeModule: 48, Deprecated: day(2019, 8, 12), Blocked: day(2019, 7, 12), Refused: true},
	{ID: "nodejs4.3", System: al1, NodeMajor: 4, NodeModule: 46, Deprecated: day(2020, 3, 5), Blocked: day(2020, 2, 3), Refused: true},
	{ID: "nodejs4.3-edge", System: al1, NodeMajor: 4, NodeModule: 46, Deprecated: day(2020, 3, 5), Blocked: day(2019, 3, 31), Refused: true},
	{ID: "nodejs", System: al1, Deprecated: day(2016, 8, 30), Blocked: day(2016, 9, 30), Refused: true},

	{ID: "java25", System: al2023, JavaClass: 69, Deprecated: day(2029, 6, 30), Blocked: day(2029, 7, 31)},
	{ID: "java21", System: al2023, JavaClass: 65, Deprecated: day(2029, 6, 30), Blocked: day(2029, 7, 31)},
	{ID: "java17.al2023", System: al2023, JavaClass: 61}, // date not known
	{ID: "java11.al2023", System: al2023, JavaClass: 55}, // date not known
	{ID: "java8.al2023", System: al2023, JavaClass: 52},  // date not known
	{ID: "java17", System: al2, JavaClass: 61, Deprecated: day(2026, 6, 30), Blocked: day(2026, 7, 31)},
	{ID: "java11", System: al2, JavaClass: 55, Deprecated: day(2026, 6, 30), Blocked: day(2026, 7, 31)},
	{ID: "java8.al2", System: al2, JavaClass: 52, Deprecated: day(2026, 6, 30), Blocked: day(2026, 7, 31)},
	{ID: "java8", System: al1, JavaClass: 52, Deprecated: day(2024, 1, 8), Blocked: day(2024, 2, 8), Refused: true},

	{ID: "ruby4.0", System: al2023, Ruby: "4.0.0"}, // date not known
	{ID: "ruby3.4", System: al2023, Ruby: "3.4.0", Deprecated: day(2028, 3, 31), Blocked: day(2028, 4, 30)},
	{ID: "ruby3.3", System: al2023, Ruby: "3.3.0", Deprecated: day(2027, 3, 31), Blocked: day(2027, 4, 30)},
	{ID: "ruby3.2", System: al2, Ruby: "3.2.0", Deprecated: day(2026, 3, 31), Blocked: day(2026, 6, 1)},
	{ID: "ruby2.7", System: al2, Ruby: "2.7.0", Deprecated: day(2023, 12, 7), Blocked: day(2024, 1, 9), Refused: true},
	{ID: "ruby2.5", System: al1, Ruby: "2.5.0", Deprecated: day(2021, 7, 30), Blocked: day(2021, 7, 30), Refused: true},

	{ID: "dotnet10", System: al2023}, // date not known
	{ID: "dotnet8", System: al2023, Deprecated: day(2026, 11, 10), Blocked: day(2026, 12, 10)},
	{ID: "dotnet6", System: al2, Deprecated: day(2024, 12, 20), Blocked: day(2026, 6, 1)},
	{ID: "dotnetcore3.1", System: al2, Deprecated: day(2023, 4, 3), Blocked: day(2023, 4, 3), Refused: true},
	{ID: "dotnetcore2.1", System: al1, Deprecated: day(2022, 1, 5), Blocked: day(2022, 1, 5), Refused: true},
	{ID: "dotnetcore2.0", System: al1, Deprecated: day(2019, 5, 30), Blocked: day(2019, 4, 30), Refused: true},
	{ID: "dotnetcore1.0", System: al1, Deprecated: day(2019, 6, 27), Blocked: day(2019, 6, 30), Refused: true},

	{ID: "provided.al2023", System: al2023, Deprecated: day(2029, 6, 30), Blocked: day(2029, 7, 31)},
	{ID: "provided.al2", System: al2, Deprecated: day(2026, 6, 30), Blocked: day(2026, 7, 31)},
	{ID: "provided", System: al1, Deprecated: day(2024, 1, 8), Blocked: day(2024, 2, 8), Refused: true},
	{ID: "go1.x", System: al1, Deprecated: day(2024, 1, 8), Blocked: day(2024, 2, 8), Refused: true},
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}
