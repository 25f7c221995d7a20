package server

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// The parts of an OpenAPI 3.1 document that ours has.
type (
	apiDocument struct {
		OpenAPI    string                             `json:"openapi"`
		Info       map[string]any                     `json:"info"`
		Servers    []map[string]string                `json:"servers"`
		Tags       []map[string]string                `json:"tags"`
		Paths      map[string]map[string]apiOperation `json:"paths"`
		Components map[string]any                     `json:"components"`
	}
	apiOperation struct {
		ID         string                    `json:"operationId"`
		Summary    string                    `json:"summary"`
		Tags       []string                  `json:"tags,omitempty"`
		Parameters []map[string]any          `json:"parameters,omitempty"`
		Body       map[string]any            `json:"requestBody,omitempty"`
		Responses  map[string]map[string]any `json:"responses"`
		Security   []map[string][]string     `json:"security"`
		Permission string                    `json:"x-permission,omitempty"`
	}
)

var pathParameter = regexp.MustCompile(`:([a-z]+)`)

// openAPI writes the document that describes the operations.
func openAPI(all []operation, known *schemas) []byte {
	document := apiDocument{OpenAPI: "3.1.0", Servers: []map[string]string{{"url": "/"}}, Paths: map[string]map[string]apiOperation{},
		Info: map[string]any{"title": "Bedarfslotse", "version": "1.0.0", "description": "Everything that the coordinators' desk does with surveys, waves, " +
			"access codes, returns, results and exports. Figures pass the same disclosure control as on the pages. Lists come in pages. " +
			"Documents carry an ETag: send it as If-None-Match when reading and as If-Match when changing. Errors are told as RFC 9457 has it. " +
			"Sentences come in the language that Accept-Language, or the parameter lang, asks for.",
			"license": map[string]string{"name": "Apache-2.0", "identifier": "Apache-2.0"}}}
	known.of(reflect.TypeFor[apiProblem]())
	rooms := map[string]bool{}
	for _, one := range all {
		path := pathParameter.ReplaceAllString(one.path, "{$1}")
		if document.Paths[path] == nil {
			document.Paths[path] = map[string]apiOperation{}
		}
		document.Paths[path][strings.ToLower(one.method)] = one.document(known)
		if !rooms[one.room] {
			rooms[one.room] = true
			document.Tags = append(document.Tags, map[string]string{"name": one.room})
		}
	}
	document.Paths[apiPath+"/openapi.json"] = map[string]apiOperation{"get": {ID: "readDocument", Summary: "This document", Security: []map[string][]string{{}},
		Responses: map[string]map[string]any{"200": {"description": "The document", "content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"type": "object"}}}},
			"304": {"description": "It is as it was"}}}}
	document.Components = map[string]any{"schemas": known.named, "securitySchemes": map[string]any{
		"token": map[string]string{"type": "http", "scheme": "bearer", "description": "A token made at the desk under the own account, or by the command line. " +
			"The names beside it are the scopes that an operation needs."}}}
	written, err := json.Marshal(document)
	if err != nil { // texts, numbers and maps of them can always be written
		panic(err)
	}
	return written
}

// document describes one operation.
func (o *operation) document(known *schemas) apiOperation {
	scopes := []string{}
	if o.scope != "" {
		scopes = append(scopes, string(o.scope))
	}
	told := apiOperation{ID: o.id, Summary: o.summary, Tags: []string{o.room}, Responses: map[string]map[string]any{},
		Security: []map[string][]string{{"token": scopes}}, Permission: string(o.permission)}
	for _, match := range pathParameter.FindAllStringSubmatch(o.path, -1) {
		told.Parameters = append(told.Parameters, map[string]any{"name": match[1], "in": "path", "required": true, "schema": &schema{Type: "string"}})
	}
	for _, one := range append(o.query, queryParameter{name: "lang", doc: "Language of sentences, instead of Accept-Language.", kind: &schema{Type: "string"}}) {
		parameter := map[string]any{"name": one.name, "in": "query", "description": one.doc, "schema": one.kind}
		if one.need {
			parameter["required"] = true
		}
		told.Parameters = append(told.Parameters, parameter)
	}
	if o.matches != nil {
		told.Parameters = append(told.Parameters, map[string]any{"name": "If-Match", "in": "header", "schema": &schema{Type: "string"},
			"description": "Tag of the document that is to be changed; 412 when it is no longer so."})
	}
	content := func(t reflect.Type, files []string) map[string]any {
		found := map[string]any{}
		if t != nil {
			found["application/json"] = map[string]any{"schema": known.of(t)}
		}
		for _, kind := range files {
			found[kind] = map[string]any{"schema": &schema{}}
		}
		return found
	}
	if o.body != nil || o.files != nil {
		told.Body = map[string]any{"required": true, "content": content(o.body, o.files)}
	}
	told.Responses[strconv.Itoa(o.status)] = o.response(content(o.answer, o.sends))
	for _, status := range o.failures() {
		if status == http.StatusNotModified {
			told.Responses["304"] = map[string]any{"description": "It is as it was"}
			continue
		}
		told.Responses[strconv.Itoa(status)] = map[string]any{"description": http.StatusText(status),
			"content": map[string]any{problemType: map[string]any{"schema": &schema{Ref: schemaPlace + "Problem"}}}}
	}
	return told
}

// response describes the answer when all went well.
func (o *operation) response(content map[string]any) map[string]any {
	headers := map[string]any{}
	header := func(name, doc string) {
		headers[name] = map[string]any{"description": doc, "schema": &schema{Type: "string"}}
	}
	if o.answer != nil && !o.fresh {
		header("ETag", "Strong tag of the document.")
	}
	if o.located {
		header("Location", "Address of what was made.")
	}
	told := map[string]any{"description": http.StatusText(o.status)}
	if len(content) > 0 {
		told["content"] = content
	}
	if len(headers) > 0 {
		told["headers"] = headers
	}
	return told
}

// failures are the statuses of errors that the operation may answer with.
func (o *operation) failures() []int {
	all := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable}
	if strings.Contains(o.path, ":") {
		all = append(all, http.StatusNotFound)
	}
	if o.body != nil {
		all = append(all, http.StatusBadRequest, http.StatusUnsupportedMediaType)
	}
	if o.body != nil || o.files != nil {
		all = append(all, http.StatusRequestEntityTooLarge)
	}
	if o.matches != nil {
		all = append(all, http.StatusPreconditionFailed)
	}
	if o.answer != nil && !o.fresh {
		all = append(all, http.StatusNotModified)
	}
	return append(all, o.wrong...)
}
