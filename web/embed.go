// Package web holds what browsers are sent besides data: page templates, our
// own styles and scripts, fonts, and the libraries of others.
package web

import "embed"

// The folders, each with its own name as first part of every path, for example
// "templates/layout.html".
var (
	// Assets are our own style sheets, ES modules and pictures.
	//
	//go:embed assets
	Assets embed.FS

	// Templates are html/template files.
	//
	//go:embed templates
	Templates embed.FS

	// Vendor are unchanged libraries of others, beside their licences.
	//
	//go:embed vendor
	Vendor embed.FS

	// Fonts are the subsets that static charts are drawn with, beside their
	// licences.
	//
	//go:embed fonts
	Fonts embed.FS
)
