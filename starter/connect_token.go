package starter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// vendorToken reads a credential: from the file, else the environment, else the
// terminal. It never shows it.
func (a *app) vendorToken(ctx context.Context, file, variable, question string) (string, error) {
	var text string
	switch {
	case file == "-":
		b, err := io.ReadAll(io.LimitReader(a.In, 64<<10))
		if err != nil {
			return "", fmt.Errorf("read the token from standard input: %w", err)
		}
		text = string(b)
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return "", usage("--token-file: %w", err)
		}
		text = string(b)
	case a.Getenv(variable) != "":
		text = a.Getenv(variable)
	case a.Terminal && a.ReadSecret != nil:
		fmt.Fprintf(a.Err, "%s (not shown): ", question)
		s, err := a.ReadSecret(ctx)
		a.say("")
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		text = s
	default:
		return "", usage("no token: set %s, or name a file with %s", variable, flagFor(variable))
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", usage("the token is empty: set %s, or name a file with %s", variable, flagFor(variable))
	}
	return text, nil
}

// flagFor names the flag that stands for a variable.
func flagFor(variable string) string {
	if variable == "WEBHOOK_SECRET" {
		return "--webhook-secret-file"
	}
	return "--token-file (- for standard input)"
}

// settingsFile reads an adapter's settings. Empty: none.
func settingsFile(name string) (json.RawMessage, error) {
	if name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, usage("--settings: %w", err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil {
		return nil, usage("--settings %s: want a JSON object: %s", name, whereJSON(b, err))
	}
	return b, nil
}

// whereJSON says what a document holds instead of an object, or in which line the
// decoder stopped.
func whereJSON(b []byte, err error) string {
	var syntax *json.SyntaxError
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) {
		return "it holds something else: " + other.Value
	}
	if !errors.As(err, &syntax) || syntax.Offset > int64(len(b)) {
		return err.Error()
	}
	return fmt.Sprintf("line %d: %s", 1+strings.Count(string(b[:syntax.Offset]), "\n"), err)
}

// secretFile reads the secret of webhooks from a file. Empty: none.
func secretFile(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", usage("the file with the webhook secret: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
