package notify

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"bedarfslotse/internal/failure"
)

// Bounce is what a report of a mail server says of one recipient (RFC 3464).
type Bounce struct {
	Address string // whom the message was for
	Message string // the header Message-ID of that message, "" when the report does not hold it
	Final   bool   // it was not delivered and will not be; else it only takes longer
	Dead    bool   // there is nobody at the address
	Reason  string // in the words of the server
}

// maxParts and maxNesting bound what a report may hold.
const (
	maxParts   = 100
	maxNesting = 6
)

// ReadBounces reads a delivery status report as it came by e-mail, also one that
// was forwarded as an attachment. failure.Invalid when it is none: a mail
// without a machine-readable part tells nothing that could be relied on.
func ReadBounces(in io.Reader) ([]Bounce, error) {
	content, err := io.ReadAll(in)
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.bad_bounce").Because(err)
	}
	report := &report{}
	err = report.message(bytes.NewReader(bytes.TrimLeft(content, "\r\n\t \ufeff")), 0)
	if len(report.found) == 0 {
		return nil, failure.New(failure.Invalid, "error.bad_bounce").Because(err)
	}
	for at := range report.found {
		report.found[at].Message = report.original
	}
	return report.found, nil
}

// report gathers what a report says while it is read.
type report struct {
	found    []Bounce
	original string // Message-ID of what came back
	parts    int
}

func (r *report) message(in io.Reader, depth int) error {
	read, err := mail.ReadMessage(bufio.NewReader(in))
	if err != nil {
		return err
	}
	return r.part(textproto.MIMEHeader(read.Header), read.Body, depth)
}

func (r *report) part(header textproto.MIMEHeader, body io.Reader, depth int) error {
	if r.parts++; r.parts > maxParts || depth > maxNesting {
		return errors.New("too many parts")
	}
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return err
	}
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		return r.multipart(multipart.NewReader(body, params["boundary"]), depth)
	case kind == "message/delivery-status":
		r.status(body)
	case kind == "text/rfc822-headers" || kind == "message/rfc822" && len(r.found) > 0:
		// The message that came back; some servers cut it off after its head.
		head, err := textproto.NewReader(bufio.NewReader(body)).ReadMIMEHeader()
		if id := strings.Trim(strings.TrimSpace(head.Get("Message-Id")), "<>"); id != "" {
			r.original = id
			return nil
		}
		return err
	case kind == "message/rfc822":
		return r.message(body, depth+1)
	}
	return nil
}

func (r *report) multipart(parts *multipart.Reader, depth int) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.part(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}

// status reads the fields of a delivery status: a block about the message, then
// one for each recipient.
func (r *report) status(in io.Reader) {
	reader := textproto.NewReader(bufio.NewReader(in))
	for {
		block, err := reader.ReadMIMEHeader()
		if one, tells := recipient(block); tells {
			r.found = append(r.found, one)
		}
		if err != nil || len(r.found) > maxParts {
			return
		}
	}
}

// recipient reads the block of one recipient; false when it is about something
// else, or about a delivery that succeeded.
func recipient(block textproto.MIMEHeader) (Bounce, bool) {
	action := strings.ToLower(strings.TrimSpace(block.Get("Action")))
	if action != "failed" && action != "delayed" {
		return Bounce{}, false
	}
	for _, field := range []string{"Original-Recipient", "Final-Recipient"} {
		kind, text, found := strings.Cut(block.Get(field), ";")
		if !found || !strings.EqualFold(strings.TrimSpace(kind), "rfc822") {
			continue
		}
		address, err := CheckAddress(text)
		if err != nil {
			continue
		}
		status := strings.TrimSpace(block.Get("Status"))
		reason := block.Get("Diagnostic-Code")
		if _, said, typed := strings.Cut(reason, ";"); typed {
			reason = said
		}
		if reason = strings.TrimSpace(reason); reason == "" {
			reason = status
		}
		return Bounce{Address: address, Final: action == "failed", Dead: action == "failed" && strings.HasPrefix(status, "5.1."), Reason: clip(reason)}, true
	}
	return Bounce{}, false
}
