// Makes the calls that standard input lists, prints what they return.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"example/aura"
)

type call struct {
	Function  string            `json:"function"`
	Arguments []json.RawMessage `json:"arguments"`
}

func main() {
	var calls []call
	must(json.NewDecoder(os.Stdin).Decode(&calls))
	results := make([]string, len(calls))
	for i, c := range calls {
		result, err := c.run()
		must(err)
		results[i] = result
	}
	must(json.NewEncoder(os.Stdout).Encode(results))
}

func (c call) run() (string, error) {
	switch c.Function {
	case "sign":
		return aura.Sign([]byte(c.text(0)), c.text(1)), nil
	case "upload":
		var types []string
		must(json.Unmarshal(c.Arguments[3], &types))
		return aura.SignUploadToken(c.text(0), c.text(1), c.number(2), types, c.number(4), c.text(5))
	case "serve":
		return aura.SignServeToken(c.text(0), c.text(1), c.text(2), c.number(3))
	case "url":
		return aura.SignedURL(c.text(0), c.text(1), c.text(2), c.text(3), c.number(4))
	case "visibility":
		return aura.SignVisibilityToken(c.text(0), c.text(1), c.text(2), c.text(3))
	}
	return "", fmt.Errorf("unknown function %q", c.Function)
}

func (c call) text(i int) (value string) {
	must(json.Unmarshal(c.Arguments[i], &value))
	return value
}

func (c call) number(i int) (value int64) {
	must(json.Unmarshal(c.Arguments[i], &value))
	return value
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
