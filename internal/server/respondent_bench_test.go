package server

import "testing"

// BenchmarkDocument takes the respondent's document from where it lies ready,
// and the first page, which is made for each visitor.
func BenchmarkDocument(b *testing.B) {
	s := newTestServer(b)
	for name, target := range map[string]string{"survey": "/s/families?lang=ar", "home": "/?lang=ar", "asset": needed(s.get("/s/families?lang=ar").Body.String())[0]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if answer := s.get(target, "Accept-Encoding", "gzip"); answer.Code != 200 {
					b.Fatal(answer.Code)
				}
			}
		})
	}
}
