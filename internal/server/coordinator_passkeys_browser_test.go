package server

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/testbrowser"
)

// device is a phone or a security key that a page's browser has at hand.
type device struct {
	t    *testing.T
	page *testbrowser.Page
	id   webauthn.AuthenticatorID
}

// call carries out one command of the browser's protocol about devices.
func call[P, R any](t *testing.T, page *testbrowser.Page, command cdp.Command[P, R], params P) R {
	t.Helper()
	ctx, cancel := context.WithTimeout(page.Context(), 30*time.Second)
	defer cancel()
	var result R
	_, err := chromedp.Run(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
		result, err = cdp.Call(ctx, target, command, params)
		return err
	}))
	if err != nil {
		t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// newDevice gives the page's browser a device that unlocks for its owner. A synced
// one is a phone whose maker copies passkeys.
func newDevice(t *testing.T, page *testbrowser.Page, synced bool) *device {
	t.Helper()
	call(t, page, webauthn.Enable, webauthn.EnableParams{})
	kind := webauthn.AuthenticatorTransportUsb
	if synced {
		kind = webauthn.AuthenticatorTransportInternal
	}
	added := call(t, page, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: kind, HasResidentKey: true, HasUserVerification: true,
		IsUserVerified: true, AutomaticPresenceSimulation: true, DefaultBackupEligibility: synced, DefaultBackupState: synced,
	}})
	return &device{t, page, added.AuthenticatorID}
}

// take takes the device away.
func (d *device) take() {
	d.t.Helper()
	call(d.t, d.page, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: d.id})
}

// keys are what the device holds.
func (d *device) keys() []*webauthn.Credential {
	d.t.Helper()
	return call(d.t, d.page, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: d.id}).Credentials
}

// passkeyDesk is a desk that a browser reaches by the name localhost.
func passkeyDesk(t *testing.T, name string) (*testDesk, string, net.Listener) {
	t.Helper()
	listener := anyPort(t)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + name + ":" + port
	d := newTestDesk(t, func(c *Config, _ *DeskConfig) { c.BaseURL = address })
	listenOn(t, listener, d.testServer, d.testServer)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	return d, address, listener
}

// passkey is what is kept of anna's passkey of that name.
func (d *testDesk) passkey(t *testing.T, name string) account.Passkey {
	t.Helper()
	for _, one := range must(d.db.Passkeys(t.Context(), "anna"))(t) {
		if one.Name == name {
			return one
		}
	}
	t.Fatalf("there is no passkey %s", name)
	return account.Passkey{}
}

// deskPerson is a person at the desk in a browser.
type deskPerson struct {
	t       *testing.T
	page    *testbrowser.Page
	address string
}

func (p deskPerson) password() {
	p.t.Helper()
	p.page.Open(p.address + "/manage/sign-in?next=/manage/account")
	p.page.Fill("#name", "anna")
	p.page.Fill("#password", deskPassword)
	p.page.Follow(func() { p.page.Click("main form button") })
	p.page.WaitFor("#passkeys")
}

func (p deskPerson) add(name string) {
	p.t.Helper()
	p.page.Fill("#passkey-name", name)
	p.page.Follow(func() { p.page.Click("form[data-passkey] button") })
	p.page.WaitFor("#passkeys")
}

func (p deskPerson) signOut() {
	p.t.Helper()
	p.page.Follow(func() { p.page.Click(".desk-account button") })
	p.page.WaitFor("form[data-passkey]:not([hidden])")
}

// refused presses the button for a passkey and reads why it did not go on, in the
// page or on the next one.
func (p deskPerson) refused(want string) {
	p.t.Helper()
	p.page.Click("form[data-passkey] button")
	p.page.WaitFor(".desk-problem:not([hidden])")
	if got := p.page.Text(".desk-problem:not([hidden])"); !strings.Contains(got, want) {
		p.t.Errorf("refused with %q, not %q", got, want)
	}
}

// TestBrowserPasskeys leads a person with two devices through it: adding, signing
// in, naming, removing, and what has to be refused.
func TestBrowserPasskeys(t *testing.T) {
	t.Parallel()
	d, address, _ := passkeyDesk(t, "localhost")
	p := testbrowser.New(t, testbrowser.Language("en"))
	anna := deskPerson{t, p, address}
	phone := newDevice(t, p, true)
	anna.password()
	anna.add("  My   phone ")
	look(t, p, "passkeys account en 1280")
	p.CheckBarriers()
	if text := p.Text("section:has(#passkeys)"); !strings.Contains(text, "My phone") || !strings.Contains(text, "On your other devices as well.") || !strings.Contains(text, "Never used yet.") {
		t.Errorf("the account says %s", text)
	}
	p.Fill("#passkey-name", "Again")
	anna.refused("already has a passkey")
	if keys := phone.keys(); len(keys) != 1 || keys[0].RpID != "localhost" || strings.Contains(string(keys[0].UserHandle), "anna") {
		t.Errorf("the phone holds %+v", keys)
	}

	phone.take()
	key := newDevice(t, p, false)
	p.Reload()
	anna.add("Security key")
	anna.signOut()
	look(t, p, "passkeys sign-in en 1280")
	p.CheckBarriers()
	p.Follow(func() { p.Click("form[data-passkey] button") })
	p.WaitFor(".desk-account") // signed in by the key alone
	if got := p.URL(); got != address+"/manage/" {
		t.Errorf("signed in and led to %s", got)
	}
	kept := d.passkey(t, "Security key")
	if kept.Used == "" || kept.Synced || kept.Credential.Authenticator.SignCount == 0 {
		t.Errorf("the key is kept as %+v", kept)
	}
	// Both were made in the same moment: the list has them in any order.
	line := "section:has(#passkeys) li:has(#name-" + kept.Number + ") "
	p.Open(address + "/manage/account")
	p.Click(line + "summary")
	p.Fill(line+"input[name=name]", "Blue key")
	p.Follow(func() { p.Click(line + "form[action*='/name'] button") })
	if text := p.Text("section:has(#passkeys)"); !strings.Contains(text, "Blue key") || strings.Contains(text, "Security key") {
		t.Errorf("after naming it: %s", text)
	}

	elsewhere := d.sign(t, "anna")
	p.Click(line + "summary")
	look(t, p, "passkeys remove en 1280")
	p.Follow(func() { p.Click(line + "form[action*='/remove'] button") })
	if got := elsewhere.get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("a session elsewhere after a key was removed: %d", got)
	}
	anna.signOut()
	p.Allow("status of 422")
	anna.refused("was removed")
	if len(key.keys()) != 1 {
		t.Error("the test refused a key that was not there")
	}
	key.take()
	newDevice(t, p, false) // an empty one
	p.Open(address + "/manage/sign-in")
	anna.refused("has no passkey for this address")
	log := must(d.db.AuditLog(t.Context(), 0, 100, func(string) bool { return true }))(t)
	var effects []string
	for _, line := range log {
		effects = append(effects, string(line.Action)+" "+line.Effect)
	}
	for _, want := range []string{"user.passkey_added My phone", "user.passkey_removed Blue key", "session.refused by=passkey why=error.passkey_unknown", "session.begun by=passkey device="} {
		if !strings.Contains(strings.Join(effects, "\n"), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
}

// TestBrowserPasskeysOfOthers: a page under another name gets no passkey from the
// browser, one under another port none past the server, a device that does not
// ask for the owner none, and a copied key none.
func TestBrowserPasskeysOfOthers(t *testing.T) {
	t.Parallel()
	d, address, listener := passkeyDesk(t, "localhost")
	p := testbrowser.New(t, testbrowser.Language("en"))
	anna := deskPerson{t, p, address}
	phone := newDevice(t, p, false)
	anna.password()
	anna.add("Phone")

	there := deskPerson{t, p, "http://" + listener.Addr().String()} // 127.0.0.1
	other := testbrowser.New(t, testbrowser.Language("en"))
	newDevice(t, other, false)
	there.page = other
	other.Open(there.address + "/manage/sign-in")
	there.refused("has no passkey for this address")

	anna.signOut()
	call(t, p, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: phone.id})
	anna.refused("That did not work") // the browser itself asks for the owner
	call(t, p, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: phone.id, IsUserVerified: true})
	bad := true
	call(t, p, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: phone.id, IsBadUV: &bad})
	p.Allow("status of 422")
	p.Follow(func() { p.Click("form[data-passkey] button") })
	p.WaitFor(".desk-problem:not([hidden])")
	call(t, p, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: phone.id, IsBogusSignature: &bad})
	p.Follow(func() { p.Click("form[data-passkey] button") })
	p.WaitFor(".desk-problem:not([hidden])")
	call(t, p, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: phone.id})

	d.config.BaseURL = strings.Replace(address, "localhost:", "localhost:1", 1) // another port: another origin
	p.Follow(func() { p.Click("form[data-passkey] button") })
	if got := p.Text(".desk-problem:not([hidden])"); !strings.Contains(got, "does not work here") {
		t.Errorf("from another origin: %s", got)
	}
	d.config.BaseURL = address

	copied := d.passkey(t, "Phone").Credential
	copied.Authenticator.SignCount = 1 << 30 // as if somebody else had signed in with a copy
	if err := d.db.UsePasskey(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	p.Follow(func() { p.Click("form[data-passkey] button") })
	if got := p.Text(".desk-problem:not([hidden])"); !strings.Contains(got, "second copy") {
		t.Errorf("a copied key: %s", got)
	}
	copied.Authenticator.SignCount = 0
	if err := d.db.UsePasskey(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	p.Follow(func() { p.Click("form[data-passkey] button") })
	p.WaitFor(".desk-account")
}

// TestBrowserPasskeysInOlderBrowsers: browsers that cannot read and write the
// questions themselves get on all the same; those without a script see no button.
func TestBrowserPasskeysInOlderBrowsers(t *testing.T) {
	t.Parallel()
	_, address, _ := passkeyDesk(t, "localhost")
	p := testbrowser.New(t, testbrowser.Language("de"), testbrowser.Phone)
	p.Inject(`delete PublicKeyCredential.parseCreationOptionsFromJSON;
		delete PublicKeyCredential.parseRequestOptionsFromJSON; delete PublicKeyCredential.prototype.toJSON;`)
	newDevice(t, p, true)
	anna := deskPerson{t, p, address}
	anna.password()
	anna.add("Diensthandy")
	look(t, p, "passkeys account de phone")
	p.CheckBarriers()
	p.Click(".desk-menu > summary")
	anna.signOut()
	p.Follow(func() { p.Click("form[data-passkey] button") })
	p.WaitFor(".desk-waves, .desk-main p")
	if got := p.URL(); got != address+"/manage/" {
		t.Errorf("led to %s", got)
	}
	plain := testbrowser.New(t, testbrowser.NoScript)
	plain.Open(address + "/manage/sign-in")
	if shown := testbrowser.Eval[bool](plain, `document.querySelector("form[data-passkey]").checkVisibility({visibilityProperty: true})`); shown {
		t.Error("a button that does nothing without a script is shown")
	}
}
