// Package configsql is the query language of AWS Config advanced queries (SelectResourceConfig and
// SelectAggregateResourceConfig) as a library: it compiles a query once and evaluates it over any rows.
//
// It talks to no AWS service. [Compile] checks a query and says where and why one is wrong; [Query.Evaluate] makes
// an [Evaluator], which filters, projects, groups and sorts [Row]s; [Query.Wanted] tells an index which rows can
// match at all. [Document] is a Row for a configuration item that is at hand as JSON.
//
//	query     = "SELECT" field { "," field } [ "WHERE" cond ] [ "GROUP" "BY" prop { "," prop } ]
//	            [ "ORDER" "BY" key [ "ASC" | "DESC" ] { "," key [ "ASC" | "DESC" ] } ]
//	field     = "*" | prop | aggregate
//	aggregate = "COUNT" "(" ( "*" | prop ) ")" | ( "MIN" | "MAX" | "SUM" | "AVG" ) "(" prop ")"
//	key       = prop | aggregate
//	cond      = and { "OR" and }          and = not { "AND" not }         not = { "NOT" } ( "(" cond ")" | test )
//	test      = prop ( "=" | "<" | ">" ) literal
//	          | prop "IN" "(" literal { "," literal } ")"
//	          | prop "BETWEEN" literal "AND" literal
//	          | prop "LIKE" string
//
// The grammar and its limits follow the AWS Config Developer Guide, pages "Query components", "Limitations" of
// "Querying the current configuration state" and "Example queries". Keywords are case-insensitive, properties and
// values are not. A property inside a list is tested against all elements of the list: a test holds if any element
// passes it, two tests on one list may be passed by two elements, and NOT holds if no element passes.
//
// What AWS does not document is refused by name, so that a query that works here works there: !=, <>, <=, >=,
// NOT IN, NOT LIKE, NOT BETWEEN, LIMIT, double quotes (UNCONFIRMED whether AWS takes any of them; [Error.Hint] shows
// the documented way to write the same), and all that AWS lists as unsupported (ALL, AS, DISTINCT, FROM, HAVING,
// JOIN, UNION, tests for NULL, wildcards that are not a suffix).
package configsql
