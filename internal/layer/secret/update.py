#!/usr/bin/env python3
"""Write rules.json from the rules file of gitleaks: update.py VERSION config/gitleaks.toml

Rules are kept as they are, but for what a layer has no use for: allow lists by path,
which leave out whole package folders. A rule that goes by a vendor's name near a value,
and not by a form that only secrets have, is noted and does not refuse a layer; so is
one that was seen to fire on much-used packages (see NOTED)."""

import json
import sys
import tomllib

NOTED = {
    "generic-api-key", "jwt", "jwt-base64", "curl-auth-header", "curl-auth-user", "hashicorp-tf-password", "kubernetes-secret-yaml",
    "gcp-api-key", "twilio-api-key", "square-access-token", "cloudflare-origin-ca-key", "nuget-config-password",
    "flutterwave-public-key", "flutterwave-encryption-key", "flutterwave-secret-key", "easypost-test-api-token",
    "artifactory-api-key", "artifactory-reference-token", "harness-api-key", "azure-ad-client-secret", "1password-secret-key",
    "octopus-deploy-api-key", "sourcegraph-access-token", "vault-service-token", "facebook-access-token", "facebook-page-access-token",
    "freemius-secret-key", "sidekiq-sensitive-url", "gitlab-session-cookie", "telegram-bot-api-token",
}

# Keywords that are in every file, for forms that are no more in use.
DROPPED = {("vault-service-token", "s."), ("harness-api-key", "sat.")}

# The rule for any key fires on prose and declarations: it looks at settings and code only.
CODE = r"(?i)\.(?:json|ya?ml|toml|ini|cfg|conf|config|properties|env|xml|py|js|mjs|cjs|ts|rb|java|kt|php|sh|tf|txt)$|(?:^|/)[^./]+$"
NEVER = r"(?i)\.d\.[cm]?ts$|\.min\.js$|(?:^|/)(?:tests?|__tests__|examples?|docs?|testing)/|-lock\.json$|(?:^|/)(?:LICENSE|NOTICE|RECORD|AUTHORS)"


def contextual(regex):
    return r"[\w.-]{0,50}?" in regex


def main():
    version, path = sys.argv[1:]
    with open(path, "rb") as f:
        config = tomllib.load(f)
    rules = []
    for r in config["rules"]:
        if "regex" not in r:
            continue  # by name alone, which names.go does
        rule = {"id": r["id"], "regex": r["regex"], "keywords": [k for k in r["keywords"] if (r["id"], k) not in DROPPED]}
        for key in ("entropy", "path"):
            if r.get(key):
                rule[key] = r[key]
        if r["id"] == "generic-api-key":
            rule["path"], rule["never"] = CODE, NEVER
        if r.get("secretGroup"):
            rule["group"] = r["secretGroup"]
        if r["id"] in NOTED or contextual(r["regex"]):
            rule["noted"] = True
        allow = []
        for a in r.get("allowlists", []):
            one = {k: a[k] for k in ("regexes", "stopwords") if a.get(k)}
            if a.get("regexTarget"):
                one["target"] = a["regexTarget"]
            if a.get("condition", "OR").upper() == "AND" and a.get("paths"):
                continue
            if one:
                allow.append(one)
        if allow:
            rule["allow"] = allow
        rules.append(rule)
    out = {
        "source": f"gitleaks {version}, config/gitleaks.toml; MIT License, see gitleaks-LICENSE",
        "allow": {k: config["allowlist"][k] for k in ("regexes", "stopwords")},
        "rules": rules,
    }
    with open("rules.json", "w") as f:
        json.dump(out, f, indent=1, ensure_ascii=False)
        f.write("\n")


main()
