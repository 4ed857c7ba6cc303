package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets the test binary play the simulator and the COMMAND that it
// runs, since exit codes and signals belong to whole processes.
func TestMain(m *testing.M) {
	switch os.Getenv("SIMULATOR_TEST_ROLE") {
	case "simulator":
		_ = os.Setenv("SIMULATOR_TEST_ROLE", "command")
		main()
	case "command":
		os.Exit(command(os.Args[1]))
	default:
		os.Exit(m.Run())
	}
}

func command(what string) int {
	switch what {
	case "environment":
		for _, variable := range os.Environ() {
			if strings.HasPrefix(variable, "NEXUDUS_") {
				fmt.Println(variable)
			}
		}
	case "write":
		const body = `{"BusinessId":5001,"Name":"n","Action":6,"URL":"https://example.com"}`
		target, token := os.Getenv("NEXUDUS_BASE_URL")+"/sys/webhooks", os.Getenv("NEXUDUS_ACCESS_TOKEN")
		first, created, _ := request(http.MethodPost, target, token, body)
		second, _, _ := request(http.MethodPost, target, token, body)
		_, page, err := request(http.MethodGet, target+"?size=500", token, "")
		fmt.Println("writes", first, second, created, page, err)
	case "echo":
		_, _ = new(bytes.Buffer).ReadFrom(os.Stdin)
		fmt.Fprintln(os.Stderr, "to stderr")
		return 7
	case "interrupted":
		// The simulator alone is interrupted, and must still serve.
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		fmt.Println("ready")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		status, err := fetch(os.Getenv("NEXUDUS_BASE_URL"), os.Getenv("NEXUDUS_ACCESS_TOKEN"))
		fmt.Println(status, err)
		<-signals
		return 3
	}
	return 0
}

func fetch(base, token string) (int, error) {
	status, _, err := request(http.MethodGet, base+"/sys/webhooks/101", token, "")
	return status, err
}

func request(method, target, token, body string) (int, string, error) {
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("User-Agent", "simulator-test")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// simulate is the simulator, to be run with arguments.
func simulate(t *testing.T, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	c.Env = append(os.Environ(), "SIMULATOR_TEST_ROLE=simulator",
		"NEXUDUS_PASSWORD=secret", "NEXUDUS_ACCESS_TOKEN=mine", "NEXUDUS_TOTP_SECRET=x")
	return c
}

func TestSimulator_environment(t *testing.T) {
	output, err := simulate(t, "--", os.Args[0], "environment").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "NEXUDUS_BASE_URL=http://127.0.0.1:") || !strings.HasSuffix(lines[0], "/api") ||
		!strings.HasPrefix(lines[1], "NEXUDUS_ACCESS_TOKEN=access-") {
		t.Errorf("the command's settings are %q", lines)
	}
}

func TestSimulator_exitCode(t *testing.T) {
	c := simulate(t, os.Args[0], "echo") // the dashes may be left out
	var stderr bytes.Buffer
	c.Stdin, c.Stderr = strings.NewReader("x"), &stderr
	_ = c.Run() // the exit code says it all
	if got := c.ProcessState.ExitCode(); got != 7 || stderr.String() != "to stderr\n" {
		t.Errorf("exit code = %d, want 7; stderr = %q", got, &stderr)
	}
}

// credentials is what the simulator says of signing in.
const credentials = "NEXUDUS_USERNAME=demo@example.com\nand NEXUDUS_PASSWORD=demo."

func TestSimulator_help(t *testing.T) {
	for _, flag := range []string{"--help", "-h"} {
		output, err := simulate(t, flag).Output()
		if got := string(output); err != nil || !strings.HasPrefix(got, "Usage: simulator [flags] [--] [COMMAND ...]\n") ||
			!strings.Contains(got, "NEXUDUS_BASE_URL") || !strings.Contains(got, credentials) || !strings.Contains(got, "-limit-factor factor\n") {
			t.Errorf("%s: %v, stdout = %q", flag, err, got)
		}
	}
	// Flags after COMMAND belong to it.
	if output, err := simulate(t, os.Args[0], "environment", "--help").Output(); err != nil || strings.Contains(string(output), "Usage") {
		t.Errorf("a command's --help: %v, stdout = %q", err, output)
	}
}

func TestSimulator_flags(t *testing.T) {
	for _, test := range []struct {
		name      string
		arguments []string
		want      string
	}{
		{name: "slow", arguments: []string{"-limit-factor=0.001"}, want: "writes 200 409"},
		{name: "unlimited", arguments: []string{"-limit-factor=-1"}, want: "writes 200 200"},
		{name: "large Id", arguments: []string{"-limit-factor=-1", "-first-id=5000000000"}, want: `"Value":{"Id":5000000000}`},
		{name: "small page", arguments: []string{"-limit-factor=-1", "-max-page-size=3"}, want: `"CurrentPageSize":3,`},
	} {
		t.Run(test.name, func(t *testing.T) {
			output, err := simulate(t, append(test.arguments, "--", os.Args[0], "write")...).Output()
			if got := string(output); err != nil || !strings.Contains(got, test.want) {
				t.Errorf("%v: %v, want %s in %s", test.arguments, err, test.want, got)
			}
		})
	}
	for _, flag := range []string{"-limit-factor=fast", "--nothing"} {
		c := simulate(t, flag, "--", os.Args[0], "environment")
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		_ = c.Run() // the exit code says it all
		if c.ProcessState.ExitCode() != 2 || stdout.Len() != 0 || !strings.Contains(stderr.String(), "Usage: simulator") {
			t.Errorf("%s: exit code = %d, want 2; stdout = %q; stderr = %q", flag, c.ProcessState.ExitCode(), &stdout, &stderr)
		}
	}
}

func TestSimulator_cannotStart(t *testing.T) {
	for _, name := range []string{"no-such-command-anywhere", "./no-such-command", os.TempDir()} {
		c := simulate(t, "--", name)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		_ = c.Run() // the exit code says it all
		got := stderr.String()
		if c.ProcessState.ExitCode() != 127 || strings.Count(got, "\n") != 1 || !strings.Contains(got, name) || strings.Contains(got, "<nil>") {
			t.Errorf("exit code = %d, want 127; stderr = %q", c.ProcessState.ExitCode(), got)
		}
	}
}

func TestSimulator_signals(t *testing.T) {
	c := simulate(t, "--", os.Args[0], "interrupted")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	lines.Scan() // ready
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(stdin)
	if lines.Scan(); lines.Text() != "200 <nil>" {
		t.Errorf("after an interrupt the command says %q", lines.Text())
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // the exit code says it all
	if got := c.ProcessState.ExitCode(); got != 3 {
		t.Errorf("exit code = %d, want the 3 of a command that was told to stop", got)
	}
}

func TestSimulator_withoutCommand(t *testing.T) {
	c := simulate(t, "-limit-factor=-1")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	base, first := strings.CutPrefix(lines.Text(), "export NEXUDUS_BASE_URL=")
	lines.Scan()
	token, second := strings.CutPrefix(lines.Text(), "export NEXUDUS_ACCESS_TOKEN=")
	if !first || !second {
		t.Errorf("no settings: %q, %q", base, token)
	}
	if status, err := fetch(base, token); status != http.StatusOK {
		t.Errorf("status = %d, want 200: %v", status, err)
	}
	const form = "grant_type=password&username=demo@example.com&password=demo"
	response, err := http.Post(base+"/token", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("signing in: status = %d, want 200", response.StatusCode)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(stderr.String(), credentials) {
		t.Errorf("stderr = %q, want %q in it", &stderr, credentials)
	}
}
