package expression

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
)

// hashed returns the digest of a text by one of the specification's
// algorithms; false for another name.
func hashed(text, algorithm string) ([]byte, bool) {
	switch data := []byte(text); algorithm {
	case "MD5":
		sum := md5.Sum(data)
		return sum[:], true
	case "SHA-1":
		sum := sha1.Sum(data)
		return sum[:], true
	case "SHA-256":
		sum := sha256.Sum256(data)
		return sum[:], true
	case "SHA-384":
		sum := sha512.Sum384(data)
		return sum[:], true
	case "SHA-512":
		sum := sha512.Sum512(data)
		return sum[:], true
	}
	return nil, false
}

// digest returns a text's digest, in base 64 unless the third argument is
// "hex"; ODK. An algorithm that is not known gives "".
func digest(call *node, env Env) Value {
	sum, known := hashed(call.textOf(0, env), call.textOf(1, env))
	switch {
	case !known:
		return String("")
	case len(call.args) == 3 && call.textOf(2, env) == "hex":
		return String(hex.EncodeToString(sum))
	}
	return String(base64.StdEncoding.EncodeToString(sum))
}

// checkDigest refuses a literal that names no algorithm or encoding.
func checkDigest(_ *parser, call *node, places []token) *Error {
	if algorithm := call.args[1]; algorithm.op == opText {
		if _, known := hashed("", algorithm.text); !known {
			return refuse(places[1].start, "expression.digest_algorithm", "found", shorten(algorithm.text))
		}
	}
	if len(call.args) == 3 && call.args[2].op == opText {
		if encoding := call.args[2].text; encoding != "hex" && encoding != "base64" {
			return refuse(places[2].start, "expression.digest_encoding", "found", shorten(encoding))
		}
	}
	return nil
}
