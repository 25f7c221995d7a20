package survey

import (
	"strings"
	"testing"
)

// TestSyllables compares with syllables marked by hand.
func TestSyllables(t *testing.T) {
	const marked = `
		Haus Bau·er Feu·er Bäu·me heu·te Mai Ei Ei·er Beet Boot Saal Schnee Tee zwei Rei·he Eu·ro·pa
		lie·ben Spie·le Die·ne·rin ver·dient Wien Knie Fa·mi·li·e Fa·mi·li·en Fe·ri·en Me·di·en Stu·die·ren·de Stu·di·en
		Stu·di·e Li·ni·e Li·ni·en I·ta·li·en Ma·te·ri·al Ma·te·ri·a·li·en Kri·te·ri·en Ak·ti·en Se·ri·e E·ner·gie E·ner·gi·en
		Stra·te·gie Stra·te·gi·en The·o·rie Pa·ti·ent Kli·ent O·ri·en·tie·rung ef·fi·zi·ent Hy·gi·e·ne
		fi·nan·zi·ell spe·zi·ell ak·tu·ell in·di·vi·du·ell of·fi·zi·ell Ziel·los viel·leicht
		Na·ti·on Ak·ti·on Si·tu·a·ti·on In·te·gra·ti·on Re·gi·on Ko·o·pe·ra·ti·on Ko·or·di·na·ti·on
		Mu·se·um Mu·se·en The·a·ter O·ze·an cha·o·tisch so·zi·al So·zi·al·ar·beit Re·al·schu·le Qua·li·tät Quel·le be·quem
		ge·impft ge·irrt ge·ehrt Geist Bei·trag be·in·hal·ten be·ur·tei·len Be·ur·lau·bung Beu·te be·un·ru·hi·gen un·ge·eig·net
		be·en·den be·ein·träch·tigt be·ein·flus·sen be·en·gen
		ü·ben Ü·bung Grö·ße Schü·le·rin·nen Kräf·te möch·ten öf·fent·lich Müt·ter Jah·re
		Sys·tem Typ Psy·cho·lo·ge Gym·na·si·um Yo·ga Ba·by Lo·yal
		Grund·schu·le Kin·der·ta·ges·ein·rich·tung Fa·mi·li·en·zen·trum Ganz·tags·be·treu·ung Schul·ein·tritt Pfle·ge·ein·rich·tung
		Ju·gend·amt Haus·auf·ga·ben·be·treu·ung Be·ra·tungs·stel·le Ver·ein Ver·ei·ni·gung mit·ein·an·der Frei·zeit·ein·rich·tun·gen
		U·kra·i·ne In·ge·ni·eur na·iv Ni·veau On·line Team I·de·en Ar·me·en`
	wrong := 0
	words := strings.Fields(marked)
	for _, word := range words {
		want := strings.Count(word, "·") + 1
		if got := syllables(strings.ReplaceAll(word, "·", "")); got != want {
			wrong++
			t.Errorf("%s: %d syllables, want %d", word, got, want)
		}
	}
	t.Logf("%d of %d words", len(words)-wrong, len(words))
	for word, want := range map[string]int{"OGS": 3, "12": 2, "2026": 4, "brr": 1, "ÜBERSICHT": 3} {
		if got := syllables(word); got != want {
			t.Errorf("%s: %d, want %d", word, got, want)
		}
	}
}
