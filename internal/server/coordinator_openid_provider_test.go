package server

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// provider is a certified OpenID provider (Zitadel's, over its in-memory storage)
// whose storage can be told to go wrong.
type provider struct {
	*storage.Storage
	address string

	mu     sync.Mutex
	users  map[string]*storage.User // by id
	groups map[string][]string      // by id
	client string
	// What is different from what was asked for.
	nonce    string
	lifetime time.Duration
	signedIn time.Time
	amr      []string
	inToken  bool // what is said of people stands in the ID token, not only in the user info
	signing  *providerKey
	shown    []*providerKey // in the key set
	keyReads int
	// forge makes an ID token of the claims of the one that was asked for; nil for
	// that one itself.
	forge func(t *testing.T, claims map[string]any) string
}

// sign makes a token of claims with a key.
func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil))(t)
	return must(must(signer.Sign(must(json.Marshal(claims))(t)))(t).CompactSerialize())(t)
}

// forging hands out another ID token than the provider made.
func (p *provider) forging(t *testing.T, provider http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.forge == nil {
			provider.ServeHTTP(w, r)
			return
		}
		recorded := httptest.NewRecorder()
		provider.ServeHTTP(recorded, r)
		answer := map[string]any{}
		_ = json.Unmarshal(recorded.Body.Bytes(), &answer) // what is none has no token
		if raw, ok := answer["id_token"].(string); ok {
			claims := map[string]any{}
			payload := must(base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1]))(t)
			if err := json.Unmarshal(payload, &claims); err != nil {
				t.Error(err)
			}
			answer["id_token"] = p.forge(t, claims)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(must(json.Marshal(answer))(t))
			return
		}
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes())
	})
}

// providerKey is a key that the provider signs with.
type providerKey struct {
	id  string
	key *rsa.PrivateKey
}

// firstKey is what every provider signs with at first: making one takes long.
var firstKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newProviderKey(t *testing.T, id string) *providerKey {
	t.Helper()
	return &providerKey{id, must(rsa.GenerateKey(rand.Reader, 2048))(t)}
}

func (k *providerKey) ID() string                                  { return k.id }
func (k *providerKey) Key() any                                    { return k.key }
func (k *providerKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

// publicKey is the half of it that everybody may see.
type publicKey struct{ *providerKey }

func (k publicKey) Key() any                           { return &k.key.PublicKey }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }

// GetUserByID, GetUserByUsername and ExampleClientID make it the storage's list of
// people.
func (p *provider) GetUserByID(id string) *storage.User { return p.users[id] }

func (p *provider) GetUserByUsername(name string) *storage.User {
	for _, user := range p.users {
		if user.Username == name {
			return user
		}
	}
	return nil
}

func (p *provider) ExampleClientID() string { return "service" }

// twisted is an authorisation that says something else than it was given for.
type twisted struct {
	*storage.AuthRequest
	p *provider
}

func (r twisted) GetNonce() string {
	if r.p.nonce != "" {
		return r.p.nonce
	}
	return r.AuthRequest.GetNonce()
}

func (r twisted) GetAuthTime() time.Time {
	if !r.p.signedIn.IsZero() {
		return r.p.signedIn
	}
	return r.AuthRequest.GetAuthTime()
}

func (r twisted) GetAMR() []string {
	if r.p.amr != nil {
		return r.p.amr
	}
	return r.AuthRequest.GetAMR()
}

// AuthRequestByCode is asked when a code comes back.
func (p *provider) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	request, err := p.Storage.AuthRequestByCode(ctx, code)
	if err != nil {
		return nil, err
	}
	return twisted{request.(*storage.AuthRequest), p}, nil
}

// CreateAccessToken takes the twist out: the storage knows its own requests only.
func (p *provider) CreateAccessToken(ctx context.Context, request op.TokenRequest) (string, time.Time, error) {
	if one, ok := request.(twisted); ok {
		request = one.AuthRequest
	}
	return p.Storage.CreateAccessToken(ctx, request)
}

// twistedClient is a client whose tokens live longer or shorter.
type twistedClient struct {
	op.Client
	p *provider
}

func (c twistedClient) IDTokenLifetime() time.Duration       { return c.p.lifetime }
func (c twistedClient) IDTokenUserinfoClaimsAssertion() bool { return c.p.inToken }

// GetClientByClientID finds a client.
func (p *provider) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	client, err := p.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return twistedClient{client, p}, nil
}

// SetUserinfoFromRequest says in an ID token in which groups somebody is.
func (p *provider) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	if p.inToken {
		info.AppendClaims("groups", p.groups[request.GetSubject()])
	}
	return p.Storage.SetUserinfoFromRequest(ctx, info, request, scopes)
}

// SetUserinfoFromToken says it in the user info.
func (p *provider) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	info.AppendClaims("groups", p.groups[subject])
	return p.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin)
}

// SigningKey is the key of now.
func (p *provider) SigningKey(context.Context) (op.SigningKey, error) { return p.signing, nil }

// KeySet are the keys that others check with.
func (p *provider) KeySet(context.Context) ([]op.Key, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keyReads++
	var keys []op.Key
	for _, one := range p.shown {
		keys = append(keys, publicKey{one})
	}
	return keys, nil
}

const (
	providerSecret   = "between the two of us"
	providerPassword = "verysecure"
)

// newProvider runs a provider with two people, anna and ben.
func newProvider(t *testing.T, client, callback string) *provider {
	t.Helper()
	key := &providerKey{"first", must(firstKey())(t)}
	p := &provider{client: client, lifetime: time.Hour, signing: key, shown: []*providerKey{key},
		users: map[string]*storage.User{
			"id-anna": {ID: "id-anna", Username: "anna", Password: providerPassword, Email: "anna@example.org"},
			"id-ben":  {ID: "id-ben", Username: "Ben Ümit", Password: providerPassword, Email: "ben@example.org", EmailVerified: true},
		}, groups: map[string][]string{}}
	p.Storage = storage.NewStorageWithClients(p, map[string]*storage.Client{
		client:          storage.WebClient(client, providerSecret, callback),
		"somebody else": storage.WebClient("somebody else", "x", callback),
	})
	listener := anyPort(t)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p.address = "http://localhost:" + port
	config := &op.Config{CodeMethodS256: true}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		t.Fatal(err)
	}
	running, err := op.NewProvider(config, p, op.StaticIssuer(p.address), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/username", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Provider</title><form method="post"><input name="id" type="hidden" value="%s">
			<input id="username" name="username"><input id="password" name="password" type="password"><button>Sign in</button></form>`,
			html.EscapeString(r.FormValue("authRequestID")))
	})
	mux.Handle("POST /login/username", op.NewIssuerInterceptor(running.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		if err := p.CheckUsernamePassword(r.FormValue("username"), r.FormValue("password"), id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(running)(r.Context(), id), http.StatusFound)
	}))
	mux.Handle("/", p.forging(t, running))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with the Close below
	t.Cleanup(func() { _ = server.Close() })
	return p
}

// signIn is a person's way through the provider: from the address that the desk
// sends them to, to the one that the provider sends them back to.
func (p *provider) signIn(t *testing.T, address, name string) (back string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"username": {name}, "password": {providerPassword}}
	for range 6 {
		var answer *http.Response
		var err error
		if id := form.Get("id"); id != "" {
			answer, err = client.PostForm(address, form)
			form.Del("id")
		} else {
			answer, err = client.Get(address)
		}
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		where, err := answer.Location()
		if err != nil {
			t.Fatalf("%s: %d %s", address, answer.StatusCode, body)
		}
		if !strings.HasPrefix(where.String(), p.address) {
			return where.RequestURI()
		}
		address = where.String()
		form.Set("id", where.Query().Get("authRequestID"))
	}
	t.Fatalf("the provider leads on and on, to %s", address)
	return ""
}
