package organizations

import (
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	parentPattern  = regexp.MustCompile(`^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)
	unitPattern    = regexp.MustCompile(`^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`)
	requestPattern = regexp.MustCompile(`^car-[a-z0-9]{8,32}$`)
	servicePattern = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)
	rolePattern    = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	emailPattern   = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
)

func invalid(reason types.InvalidInputExceptionReason, message string) error {
	return &types.InvalidInputException{Message: &message, Reason: reason}
}

// matching is a required member that must match its pattern.
func matching(v *string, p *regexp.Regexp) (string, error) {
	switch {
	case v == nil || *v == "":
		return "", inputRequired()
	case !p.MatchString(*v):
		return "", invalid(types.InvalidInputExceptionReasonInvalidPattern, "You provided a value that does not match the required pattern.")
	}
	return *v, nil
}

// upTo is a required text of so many bytes at most.
func upTo(most int, v *string) (string, error) {
	switch {
	case aws.ToString(v) == "":
		return "", inputRequired()
	case len(*v) > most:
		return "", invalid(types.InvalidInputExceptionReasonMaxLengthExceeded, "You provided a value that is longer than the maximum allowed length.")
	}
	return *v, nil
}

// inputRequired is the answer to a required member that is absent. UNCONFIRMED: the text.
func inputRequired() error {
	return invalid(types.InvalidInputExceptionReasonInputRequired, "You must provide a value for a required parameter.")
}

func accessDenied() error {
	return &types.AccessDeniedException{Message: aws.String("You don't have permissions to access this resource.")}
}

func notInUse() error {
	return &types.AWSOrganizationsNotInUseException{Message: aws.String("Your account is not a member of an organization.")}
}

func noParent() error {
	return &types.ParentNotFoundException{Message: aws.String("You specified a parent that doesn't exist.")}
}

func noAccount() error {
	return &types.AccountNotFoundException{Message: aws.String("You specified an account that doesn't exist.")}
}

func violation(reason types.ConstraintViolationExceptionReason, message string) error {
	return &types.ConstraintViolationException{Message: &message, Reason: reason}
}

// reader lets the management account and delegated administrators pass. The service is locked.
func (s *Service) reader(c call.Caller) error {
	if c.Account == s.Management {
		return nil
	}
	if s.accounts[c.Account] == nil {
		return notInUse()
	}
	for _, accounts := range s.delegates {
		if _, ok := accounts[c.Account]; ok {
			return nil
		}
	}
	return accessDenied()
}

// writer lets the management account pass. The service is locked.
func (s *Service) writer(c call.Caller) error {
	switch {
	case c.Account == s.Management:
		return nil
	case s.accounts[c.Account] == nil:
		return notInUse()
	}
	return accessDenied()
}

// lockToRead checks what a request names and locks the organization for a caller who may read it; call unlock.
func (s *Service) lockToRead(c call.Caller, named *string, p *regexp.Regexp) (name string, unlock func(), err error) {
	if name, err = matching(named, p); err != nil {
		return "", nil, err
	}
	s.mu.RLock()
	if err := s.reader(c); err != nil {
		s.mu.RUnlock()
		return "", nil, err
	}
	return name, s.mu.RUnlock, nil
}

// lockToWrite is lockToRead for a caller who changes the organization.
func (s *Service) lockToWrite(c call.Caller, named *string, p *regexp.Regexp) (name string, unlock func(), err error) {
	if name, err = matching(named, p); err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	if err := s.writer(c); err != nil {
		s.mu.Unlock()
		return "", nil, err
	}
	return name, s.mu.Unlock, nil
}

// maxPage is the largest and the default page.
const maxPage = 20

// cut is one page in the manner of Organizations.
func cut[T any](items []T, key func(T) string, token *string, size *int32) (part []T, next *string, err error) {
	n := int32(maxPage)
	if size != nil {
		switch n = *size; {
		case n < 1:
			return nil, nil, invalid(types.InvalidInputExceptionReasonMinValueExceeded, "You provided a value that is less than the minimum allowed value.")
		case n > maxPage:
			return nil, nil, invalid(types.InvalidInputExceptionReasonMaxValueExceeded, "You provided a value that is more than the maximum allowed value.")
		}
	}
	part, next, ok := page.Cut(items, key, token, int(n))
	if !ok {
		return nil, nil, invalid(types.InvalidInputExceptionReasonInvalidPaginationToken, "You provided an invalid next token value.")
	}
	return part, next, nil
}
