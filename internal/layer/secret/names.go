package secret

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Name says what a path is by its name alone, such as "a private key"; empty where
// nothing is known against it.
func Name(name string) string {
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if what := folders[part]; what != "" {
			return what
		}
	}
	base := strings.ToLower(path.Base(name))
	if what := folders[path.Base(name)]; what != "" { // .git may be a file
		return what
	}
	for _, n := range names {
		if n.form.MatchString(base) && !slices.Contains(n.but, base) && (n.in == "" || path.Base(path.Dir(name)) == n.in) {
			return n.what
		}
	}
	return ""
}

// folders are folders that are never meant to leave a machine.
var folders = map[string]string{
	".git": "version control", ".hg": "version control", ".svn": "version control", ".bzr": "version control", "CVS": "version control",
	".aws": "AWS credentials", ".ssh": "SSH keys", ".gnupg": "GnuPG keys", ".kube": "Kubernetes credentials", ".azure": "Azure credentials",
	".gcloud": "Google Cloud credentials", ".terraform": "Terraform state",
}

// names are names of files, in small letters.
var names = []struct {
	form *regexp.Regexp
	in   string   // the folder that it has to be in
	but  []string // names that match and are templates
	what string
}{
	{form: regexp.MustCompile(`^\.env(\.[a-z0-9_.-]+)?$`), but: []string{".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"}, what: "an environment file"},
	{form: regexp.MustCompile(`^\.envrc$`), what: "an environment file"},
	{form: regexp.MustCompile(`^id_(rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)$`), what: "a private key"},
	{form: regexp.MustCompile(`\.(p12|pfx|jks|keystore|ppk|kdbx|agekey)$`), what: "a key store"},
	{form: regexp.MustCompile(`^(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.pypirc|\.dockercfg|\.boto|\.s3cfg)$`), what: "a credential file"},
	{form: regexp.MustCompile(`^(credentials|config)$`), in: ".aws", what: "AWS credentials"},
	{form: regexp.MustCompile(`^config\.json$`), in: ".docker", what: "a credential file"},
	{form: regexp.MustCompile(`^kubeconfig$`), what: "Kubernetes credentials"},
	{form: regexp.MustCompile(`\.tfstate(\.backup)?$`), what: "Terraform state"},
	{form: regexp.MustCompile(`\.tfvars$`), what: "Terraform variables"},
	{form: regexp.MustCompile(`^(\.bash_history|\.zsh_history|\.psql_history|\.mysql_history|\.python_history|\.node_repl_history)$`), what: "a history of commands"},
}
