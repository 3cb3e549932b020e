package wire

import (
	"cmp"
	"net/http"
)

//go:generate go run ./gen

// model is what the SDK's module says about a service. The files *_gen.go have them.
type model struct {
	name       string // signing name
	version    string // the API's date
	target     string // prefix of X-Amz-Target (AWS JSON)
	operations []operation
	members    map[string]member // of modules without schemas, by "Type.Field"
}

// member says where a member travels and under which name; the zero value is the body and the Go name.
type member struct {
	in   place
	name string
	item string // the name of a list's elements in XML
	flat bool   // the elements have no element around them
}

// Services makes the codecs of all services of the sandbox. Values are independent of each other.
func Services() []*Service {
	account := newREST(accountModel())
	account.isoTime = true
	return []*Service{
		newREST(lambdaModel()),
		newJSON(configModel()),
		newJSON(ssmModel()),
		newJSON(organizationsModel()),
		newQuery(cloudformationModel(), "http://cloudformation.amazonaws.com/doc/2010-05-15/"),
		newQuery(stsModel(), "https://sts.amazonaws.com/doc/2011-06-15/"),
		newQuery(iamModel(), "https://iam.amazonaws.com/doc/2010-05-08/"),
		newREST(schedulerModel()),
		newMonitoring(monitoringModel()),
		newJSON(taggingModel()),
		account,
		newS3(s3Model()),
	}
}

func newService(p Protocol, m model) *Service {
	s := &Service{
		Name: m.name, Protocol: p, Version: m.version, prefix: m.target,
		operations: map[string]*operation{}, plans: newPlanner(m.members),
	}
	for i := range m.operations {
		op := &m.operations[i]
		op.code = cmp.Or(op.code, http.StatusOK)
		s.operations[op.name] = op
	}
	return s
}

func newJSON(m model) *Service { return newService(JSON11, m) }

func newQuery(m model, namespace string) *Service {
	s := newService(Query, m)
	s.namespace = namespace
	return s
}

func newREST(m model) *Service {
	s := newService(RESTJSON, m)
	for _, op := range s.operations {
		op.path = parsePattern(op.uri)
	}
	s.routes = newRouteTable(s.operations)
	return s
}
