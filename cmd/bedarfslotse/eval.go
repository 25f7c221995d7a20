package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

type evalCommand struct {
	Survey     string `placeholder:"FILE" help:"The survey: a YAML file, a folder or an XLSForm. Without one, the answers alone say which questions there are."`
	Answers    string `placeholder:"JSON" help:"The answers, as responses are stored: {\"name\": \"text\", \"several\": [\"a\", \"b\"], \"repeat\": [{…}]}. @FILE reads a file, @- the standard input."`
	Question   string `placeholder:"NAME" help:"The question at which the expression stands, for . and paths; inside a repeat with the instance, as in child[2]/age."`
	Now        string `placeholder:"TIME" help:"What today() and now() give, as 2026-03-01 or 2026-03-01T10:00:00+01:00; by default the time it is."`
	Trace      bool   `help:"Tell each step."`
	JSON       bool   `name:"json" help:"Print value, type and steps as JSON."`
	Expression string `arg:"" optional:"" name:"expr" help:"The expression. Without one, --question explains the question's own."`
}

// Help shows what to do when a question is not shown.
func (evalCommand) Help() string {
	return `Computes an expression as the survey would, and shows why a question is not shown:

  bedarfslotse eval '1 + 2 * 3'
  bedarfslotse eval --answers '{"age": 17}' --trace '${age} > 17'
  bedarfslotse eval --survey form.xlsx --answers @answers.json --question child[2]/school

The last one explains the question's own conditions in turn, and those of the
groups around it. Answers to questions that are not relevant count as unanswered,
as in the survey. --json prints {"value": ..., "type": "number|string|boolean|nodes",
"text": ..., "steps": [...]}; numbers that JSON lacks (NaN, Infinity) are texts.`
}

// maxSteps is how many steps of one evaluation are told.
const maxSteps = 2000

// evaluation is what expressions are evaluated with.
type evaluation struct {
	*program
	version *survey.Version
	answers *response.Answers
	now     time.Time
	at      response.Place
	element *survey.Element // the question at which expressions stand; nil for none
	path    string          // of it, with instances
}

// Run evaluates the expression, or explains a question.
func (c *evalCommand) Run(p *program) error {
	if c.Expression == "" && c.Question == "" {
		return failure.New(failure.Invalid, "command.eval.nothing")
	}
	e, err := c.prepare(p)
	if err != nil {
		return err
	}
	if c.Question != "" {
		if err := e.goTo(c.Question, c.Expression == ""); err != nil {
			return err
		}
	}
	if c.Expression == "" {
		return e.explainQuestion(c.JSON)
	}
	tree, err := e.parse(c.Expression)
	if err != nil {
		return err
	}
	done := e.evaluate(tree, nil, c.Trace)
	if c.JSON {
		return printJSON(p.stdout, done)
	}
	fmt.Fprintln(p.stdout, done.Text)
	e.printSteps(done.Steps, 1)
	return nil
}

func (c *evalCommand) prepare(p *program) (*evaluation, error) {
	now, err := c.time(p)
	if err != nil {
		return nil, err
	}
	document, err := c.document(p)
	if err != nil {
		return nil, err
	}
	var version *survey.Version
	if c.Survey != "" {
		var found failure.Findings
		if version, found, err = readSurvey(c.Survey); err != nil {
			return nil, err
		}
		if version == nil {
			return nil, found
		}
	} else if version, err = surveyOf(document); err != nil {
		return nil, err
	}
	answers, problems := response.TypedJSON(version, document)
	if len(problems) > 0 {
		for _, one := range problems {
			fmt.Fprintf(p.stderr, "bedarfslotse: %s\n", p.wrongAnswer(one))
		}
		return nil, errFindings
	}
	answers.Settle(now, false)
	return &evaluation{program: p, version: version, answers: answers, now: now, at: answers.Top()}, nil
}

func (p *program) wrongAnswer(one response.Problem) string {
	text := p.words.T(one.Key, pairs(one.Params)...)
	if strings.HasPrefix(one.Key, "answers.") {
		return text
	}
	return p.words.T("answers.value", "name", one.Name, "reason", text)
}

func (c *evalCommand) time(p *program) (time.Time, error) {
	if c.Now == "" {
		return p.now(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, c.Now, p.now().Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, failure.New(failure.Invalid, "command.eval.bad_time", "time", c.Now)
}

// document returns the answers as JSON.
func (c *evalCommand) document(p *program) ([]byte, error) {
	name, isFile := strings.CutPrefix(c.Answers, "@")
	switch {
	case c.Answers == "":
		return []byte("{}"), nil
	case !isFile:
		return []byte(c.Answers), nil
	case name == "-":
		return readAtMost(p.stdin, name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, failure.Errorf(failure.NotFound, "%w", err)
	}
	defer func() { _ = file.Close() }() // only read
	return readAtMost(file, name)
}

// parse reads an expression and prints what is wrong with it at its place.
func (e *evaluation) parse(source string) (*expression.Tree, error) {
	tree, err := expression.Parse(source)
	var wrong *expression.Error
	if errors.As(err, &wrong) {
		e.point(source, wrong.Offset, failure.Finding{Key: wrong.Key, Params: wrong.Params})
		return nil, errFindings
	}
	unknown := e.version.Unknown(tree, "EXPR")
	for _, one := range unknown {
		name, _ := one.Params["reference"].(string)
		if column, ok := one.Params["column"].(string); ok {
			name = column
		}
		e.point(source, max(0, strings.Index(source, name)), one)
	}
	if len(unknown) > 0 {
		return nil, errFindings
	}
	return tree, nil
}

// point prints a finding with the line of the source and a caret below.
func (e *evaluation) point(source string, offset int, one failure.Finding) {
	offset = min(offset, len(source))
	start := strings.LastIndexByte(source[:offset], '\n') + 1
	line, _, _ := strings.Cut(source[start:], "\n")
	before := utf8.RuneCountInString(source[start:offset])
	const wide = 70 // of a long line, what is around the place
	runes := []rune(strings.ReplaceAll(line, "\t", " "))
	first := max(0, before-wide)
	shown := string(runes[first:min(len(runes), before+wide)])
	text, cure := e.sentences(one)
	fmt.Fprintf(e.stderr, "%s: %s\n    %s\n    %s^\n", e.words.T("command.error"), text, shown, strings.Repeat(" ", before-first))
	if cure != "" {
		fmt.Fprintf(e.stderr, "    %s\n", cure)
	}
}

// goTo finds a question by its path: its name, before it those of the repeats
// around with the number of the instance, from 1. Groups may stand between.
// With reach, a question of which there is no instance is no error.
func (e *evaluation) goTo(path string, reach bool) error {
	steps := strings.Split(strings.Trim(path, "/"), "/")
	name, _, _ := strings.Cut(steps[len(steps)-1], "[")
	q := e.version.Element(name)
	if q == nil {
		return failure.New(failure.NotFound, "command.eval.unknown_question", "name", name, "suggestion", e.version.Nearest(name))
	}
	numbers := map[string]int{}
	for _, step := range steps {
		name, number, counted := strings.Cut(step, "[")
		around := e.version.Element(name)
		count, err := strconv.Atoi(strings.TrimSuffix(number, "]"))
		wrong := around == nil || around != q && !around.Holds(q)
		if counted {
			wrong = wrong || err != nil || count < 1 || !strings.HasSuffix(number, "]") || around.Type != survey.Repeat || around == q
			numbers[name] = count
		}
		if wrong {
			return failure.New(failure.Invalid, "command.eval.bad_path", "step", step, "name", q.Name)
		}
	}
	var repeats []*survey.Element
	for around := q.Within; around != nil; around = around.Within {
		repeats = append([]*survey.Element{around}, repeats...)
	}
	e.element, e.path = q, ""
	for _, repeat := range repeats {
		number := max(1, numbers[repeat.Name])
		instances := e.at.Instances(repeat)
		if number > len(instances) {
			if reach && !e.at.Relevant(repeat) {
				return nil // explained by the repeat's own condition
			}
			return failure.New(failure.NotFound, "command.eval.no_instance", "repeat", repeat.Name, "number", number, "count", len(instances))
		}
		e.at = instances[number-1]
		e.path += repeat.Name + "[" + strconv.Itoa(number) + "]/"
	}
	e.path += q.Name
	return nil
}

// evaluated is a value as eval --json prints it.
type evaluated struct {
	Value any    `json:"value"`
	Type  string `json:"type"`
	Text  string `json:"text"`
	Steps []step `json:"steps,omitempty"`
}

// step is one step as eval --json prints it.
type step struct {
	Depth      int      `json:"depth"`
	Expression string   `json:"expression"`
	Value      any      `json:"value"`
	Type       string   `json:"type"`
	Item       string   `json:"item,omitempty"`  // the node that a predicate judges
	Nodes      []string `json:"nodes,omitempty"` // where a path has led to
	Note       string   `json:"note,omitempty"`
}

// evaluate computes an expression at the question; choice is the one that a
// filter judges.
func (e *evaluation) evaluate(tree *expression.Tree, choice *survey.Choice, trace bool) evaluated {
	env := e.answers.Env(e.at, e.element, choice, e.now)
	if !trace {
		return newEvaluated(tree.Evaluate(env), nil)
	}
	value, steps := tree.Trace(env, maxSteps)
	told := make([]step, 0, len(steps))
	for _, one := range steps {
		told = append(told, step{Depth: one.Depth, Expression: one.Source, Value: plainValue(one.Value), Type: kindName(one.Value),
			Item: one.Item, Nodes: one.Found, Note: e.note(one)})
	}
	return newEvaluated(value, told)
}

func newEvaluated(value expression.Value, steps []step) evaluated {
	return evaluated{Value: plainValue(value), Type: kindName(value), Text: value.Text(), Steps: steps}
}

// note says what a value does not: why an answer is empty.
func (e *evaluation) note(one expression.Step) string {
	switch q := e.version.Element(one.Reference); {
	case one.Unfinished:
		return e.words.T("command.eval.unfinished")
	case q == nil || !q.Type.Answered():
	case one.Item != "": // seen from another place
	default:
		holder, single := e.at.Holder(q)
		switch {
		case !single:
		case !holder.Relevant(q):
			return e.words.T("command.eval.not_relevant")
		case holder.Text(q) == "":
			return e.words.T("command.eval.no_answer")
		}
	}
	return ""
}

func kindName(value expression.Value) string {
	return [...]string{expression.KindString: "string", expression.KindNumber: "number", expression.KindBool: "boolean",
		expression.KindNodes: "nodes"}[value.Kind()]
}

// plainValue is a value as JSON has it: what JSON has no number for is a text.
func plainValue(value expression.Value) any {
	switch value.Kind() {
	case expression.KindBool:
		return value.Bool()
	case expression.KindNumber:
		if text := value.Text(); json.Valid([]byte(text)) {
			return json.Number(text)
		}
	case expression.KindNodes:
		return append([]string{}, value.Texts()...)
	}
	return value.Text()
}
