package xlsform

// languageByName returns the BCP 47 tag of a language that a header calls by
// its English, German or own name in lower case, "" when the name is not
// among them. Farsi and Dari share one tag here, as the survey's other
// languages are told apart by what readers read, not by what they speak.
func languageByName(name string) string {
	switch name {
	case "german", "deutsch":
		return "de"
	case "leichte sprache", "einfache sprache", "deutsch (leichte sprache)", "deutsch leicht", "easy german":
		return "de-simple"
	case "english", "englisch":
		return "en"
	case "french", "français", "francais", "französisch":
		return "fr"
	case "ukrainian", "ukrainisch", "українська", "українська мова":
		return "uk"
	case "russian", "russisch", "русский", "русский язык":
		return "ru"
	case "arabic", "arabisch", "العربية", "عربي", "عربية", "اللغة العربية":
		return "ar"
	case "farsi", "dari", "persian", "persisch", "farsi/dari", "dari/farsi", "فارسی", "دری":
		return "fa"
	case "pashto", "paschtu", "pashtu", "pushto", "پښتو":
		return "ps"
	case "turkish", "türkisch", "türkçe", "turkce":
		return "tr"
	case "kurmanji", "kurmancî", "kurmanci", "kurmandschi", "northern kurdish":
		return "kmr"
	case "sorani", "soranî", "central kurdish", "کوردی", "سۆرانی":
		return "ckb"
	case "kurdish", "kurdisch", "kurdî":
		return "ku"
	case "romanian", "rumänisch", "română", "romana":
		return "ro"
	case "bulgarian", "bulgarisch", "български":
		return "bg"
	case "polish", "polnisch", "polski":
		return "pl"
	case "albanian", "albanisch", "shqip":
		return "sq"
	case "tigrinya", "tigrinja", "tigrigna", "ትግርኛ":
		return "ti"
	}
	return otherLanguageByName(name)
}

// otherLanguageByName knows the languages in which this service has no
// interface of its own; a survey may still be in them.
func otherLanguageByName(name string) string {
	switch name {
	case "spanish", "spanisch", "español", "espanol":
		return "es"
	case "italian", "italienisch", "italiano":
		return "it"
	case "portuguese", "portugiesisch", "português", "portugues":
		return "pt"
	case "greek", "griechisch", "ελληνικά":
		return "el"
	case "serbian", "serbisch", "srpski", "српски":
		return "sr"
	case "bosnian", "bosnisch", "bosanski":
		return "bs"
	case "croatian", "kroatisch", "hrvatski":
		return "hr"
	case "macedonian", "mazedonisch", "македонски":
		return "mk"
	case "hungarian", "ungarisch", "magyar":
		return "hu"
	case "somali", "soomaali":
		return "so"
	case "amharic", "amharisch", "አማርኛ":
		return "am"
	case "urdu", "اردو":
		return "ur"
	case "hindi", "हिन्दी":
		return "hi"
	case "bengali", "bangla", "বাংলা":
		return "bn"
	case "vietnamese", "vietnamesisch", "tiếng việt":
		return "vi"
	case "chinese", "chinesisch", "中文":
		return "zh"
	case "swahili", "suaheli", "kiswahili":
		return "sw"
	case "kyrgyz", "kirgisisch", "кыргызча":
		return "ky"
	case "armenian", "armenisch", "հայերեն":
		return "hy"
	case "georgian", "georgisch", "ქართული":
		return "ka"
	case "azerbaijani", "aserbaidschanisch", "azərbaycanca":
		return "az"
	case "dutch", "niederländisch", "nederlands":
		return "nl"
	}
	return ""
}

// languageName returns the English name of a language that this package knows
// by name, "" of any other.
func languageName(tag string) string {
	return map[string]string{
		"de": "German", "de-simple": "Easy German", "en": "English",
		"fr": "French", "uk": "Ukrainian", "ru": "Russian",
		"ar": "Arabic", "fa": "Farsi", "ps": "Pashto",
		"tr": "Turkish", "kmr": "Kurmanji", "ckb": "Sorani",
		"ku": "Kurdish", "ro": "Romanian", "bg": "Bulgarian",
		"pl": "Polish", "sq": "Albanian", "ti": "Tigrinya",
		"es": "Spanish", "it": "Italian", "pt": "Portuguese",
		"el": "Greek", "sr": "Serbian", "bs": "Bosnian",
		"hr": "Croatian", "mk": "Macedonian", "hu": "Hungarian",
		"so": "Somali", "am": "Amharic", "ur": "Urdu",
		"hi": "Hindi", "bn": "Bengali", "vi": "Vietnamese",
		"zh": "Chinese", "sw": "Swahili", "ky": "Kyrgyz",
		"hy": "Armenian", "ka": "Georgian", "az": "Azerbaijani",
		"nl": "Dutch", "und": "Undetermined",
	}[tag]
}
