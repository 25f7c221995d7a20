package media

import (
	"bytes"
	"encoding/binary"
)

// video stands for every kind of moving picture with sound: they are declined,
// being too large for the phones that this is for.
const video = "video"

// detect returns the MIME type of a content, [video], or "" for anything else.
func detect(content []byte) string {
	begins := func(with string) bool { return bytes.HasPrefix(content, []byte(with)) }
	switch {
	case begins("\x89PNG\r\n\x1a\n"):
		return PNG
	case begins("\xff\xd8\xff"):
		return JPEG
	case begins("GIF87a"), begins("GIF89a"):
		return GIF
	case begins("RIFF") && len(content) >= 12:
		return riff(string(content[8:12]))
	case begins("OggS"):
		return ogg(content)
	case len(content) >= 12 && string(content[4:8]) == "ftyp":
		return mp4(content)
	case begins("\x1a\x45\xdf\xa3"): // Matroska and WebM
		return video
	case begins("\x00\x00\x01\xba"), begins("\x00\x00\x01\xb3"): // MPEG
		return video
	case mp3(content):
		return MP3
	case adts(content):
		return AAC
	case svgRoot(content):
		return SVG
	}
	return ""
}

func riff(form string) string {
	switch form {
	case "WEBP":
		return WebP
	case "WAVE":
		return WAV
	case "AVI ":
		return video
	}
	return ""
}

// ogg looks at what the first page announces. Source: RFC 3533 section 6; the
// head of a page has 27 bytes and a table of segments.
func ogg(content []byte) string {
	const head = 27
	if len(content) <= head {
		return ""
	}
	packet := content[min(len(content), head+int(content[26])):]
	switch {
	case bytes.HasPrefix(packet, []byte("OpusHead")), bytes.HasPrefix(packet, []byte("\x01vorbis")):
		return Ogg
	case bytes.HasPrefix(packet, []byte("\x80theora")), bytes.HasPrefix(packet, []byte("fishead\x00")):
		return video
	}
	return ""
}

// mp4 tells sound from video by the handlers of the tracks. Source: ISO/IEC
// 14496-12 section 8.4.3: version, flags and pre_defined are zero, then comes
// the handler's type. Without any track it is none of both.
func mp4(content []byte) string {
	handler := func(kind string) bool {
		return bytes.Contains(content, []byte("hdlr\x00\x00\x00\x00\x00\x00\x00\x00"+kind))
	}
	switch {
	case handler("vide"):
		return video
	case handler("soun"):
		return MP4
	}
	return ""
}

// mp3 tells whether a content is MPEG audio, layer III, perhaps with an ID3v2
// tag in front, whose length is written in four times seven bits.
func mp3(content []byte) bool {
	const head = 10
	if bytes.HasPrefix(content, []byte("ID3")) && len(content) > head {
		size := 0
		for _, one := range content[6:head] {
			size = size<<7 | int(one&0x7f)
		}
		content = bytes.TrimLeft(content[min(len(content), head+size):], "\x00")
	}
	if len(content) < 4 {
		return false
	}
	frame := binary.BigEndian.Uint32(content)
	version, layer, rate, sampling := frame>>19&3, frame>>17&3, frame>>12&15, frame>>10&3
	return frame>>21 == 0x7ff && version != 1 && layer == 1 && rate != 0 && rate != 15 && sampling != 3
}

// adts tells whether a content is AAC in its plain frames: twelve bits of
// synchronisation, layer 0, a sampling rate that exists.
func adts(content []byte) bool {
	return len(content) >= 7 && content[0] == 0xff && content[1]&0xf6 == 0xf0 && content[2]>>2&15 < 13
}
