package wire

import (
	"fmt"
	"slices"
)

// DecodeJSON fills in, a pointer to the SDK's input type of the operation, from plain JSON with the API's member
// names, whatever the service's protocol: {"FunctionName": "f", "Layers": []}. Blobs are base64; timestamps are ISO
// 8601 text or epoch seconds. A member that the operation does not have is refused by name (ValidationException).
func (s *Service) DecodeJSON(op string, data []byte, in any) error {
	if _, err := s.operation(op); err != nil {
		return err
	}
	sh, v, err := s.target(in)
	if err != nil {
		return err
	}
	d := jsonDecoder{trail: &trail{}, all: true, anyTime: true}
	if err := d.decode(data, sh, v); err != nil {
		return err
	}
	if len(d.unknown) > 0 {
		return unknownParameter(op, slices.Min(d.unknown))
	}
	return nil
}

// EncodeJSON writes out, a pointer to the SDK's output type of the operation, as plain JSON with the API's member
// names: what boto3 returns, without ResponseMetadata. Blobs are base64 and timestamps ISO 8601 text in UTC.
func (s *Service) EncodeJSON(op string, out any) ([]byte, error) {
	if _, err := s.operation(op); err != nil {
		return nil, err
	}
	sh, v, err := s.target(out)
	if err != nil {
		return nil, err
	}
	body, err := jsonEncoder{all: true, isoTime: true}.structure(newBuffer(), sh, v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	return body, nil
}
