package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
)

// visit looks at the service from outside, as a browser would.
type visit struct{ client *http.Client }

func visitor() visit {
	return visit{&http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// get returns the status and the header of what an address answers.
func (v visit) get(ctx context.Context, address string) (status int, header http.Header, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := v.client.Do(request)
	if err != nil {
		var whole *url.Error
		if errors.As(err, &whole) {
			err = whole.Err // without repeating the address
		}
		return 0, nil, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, answer.Header, errors.Join(err, answer.Body.Close())
}

// refuseSecrets fails where an argument holds a password: everybody on the machine
// can read it there.
func refuseSecrets(arguments []string) error {
	for _, argument := range arguments {
		if at := strings.Index(argument, "postgres"); at >= 0 {
			address, err := url.Parse(argument[at:])
			if err != nil || address.Host == "" {
				continue
			}
			if _, has := address.User.Password(); has || address.Query().Has("password") {
				return failure.New(failure.Invalid, "operate.secret_argument")
			}
		}
	}
	return nil
}
