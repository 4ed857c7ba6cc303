// Command simulator serves a small made-up Nexudus account on a loopback port.
// It forgets everything when it ends.
//
//	simulator [flags] [--] [COMMAND …]
//
// With COMMAND, it runs COMMAND with NEXUDUS_BASE_URL and NEXUDUS_ACCESS_TOKEN set, and
// exits with its exit code. Without COMMAND, it prints both settings and serves until
// interrupted. "simulator --help" lists the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

const usage = `Usage: simulator [flags] [--] [COMMAND ...]

Serves a small made-up Nexudus account on a loopback port. The account can be
read and written, and is forgotten when the simulator ends.

With COMMAND, runs it with NEXUDUS_BASE_URL and NEXUDUS_ACCESS_TOKEN set, and
exits with its exit code. COMMAND gets no other NEXUDUS_ variables. Without
COMMAND, prints both settings and serves until interrupted.

` + signIn + `

Flags:
`

// signIn says how to try signing in, which the access token makes unnecessary.
const signIn = "To try signing in, unset NEXUDUS_ACCESS_TOKEN and set NEXUDUS_USERNAME=" + simulator.DemoUsername + `
and NEXUDUS_PASSWORD=` + simulator.DemoPassword + "."

func main() {
	account := simulator.Demo()
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.Float64Var(&account.LimitFactor, "limit-factor", 1, "`factor` to scale the documented rate limits by; -1 removes them")
	flags.IntVar(&account.MaxPageSize, "max-page-size", 1000, "largest `number` of records on a page")
	flags.Int64Var(&account.FirstID, "first-id", 1, "smallest `Id` that a new record gets; has no effect below the Ids of the demo's records")
	flags.Usage = func() {} // printed below, to the right place
	if err := flags.Parse(os.Args[1:]); err != nil {
		output, code := os.Stderr, 2
		if errors.Is(err, flag.ErrHelp) {
			output, code = os.Stdout, 0
		}
		flags.SetOutput(output)
		fmt.Fprint(output, usage)
		flags.PrintDefaults()
		os.Exit(code)
	}
	os.Exit(run(account, flags.Args()))
}

func run(account *simulator.Server, command []string) int {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		return 1
	}
	server := &http.Server{Handler: account, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer server.Close()
	settings := []string{
		fmt.Sprintf("NEXUDUS_BASE_URL=http://%s/api", listener.Addr()),
		"NEXUDUS_ACCESS_TOKEN=" + account.IssueToken(simulator.DemoUsername),
	}

	// An interrupt from the keyboard reaches COMMAND as well, which needs the
	// server until it has ended.
	signals := make(chan os.Signal, 16) // a signal that finds no room is lost
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if len(command) == 0 {
		fmt.Println("export " + strings.Join(settings, "\nexport "))
		fmt.Fprintln(os.Stderr, signIn) // not among the lines to paste
		<-signals
		return 0
	}
	return runCommand(command, settings, signals)
}

func runCommand(command, settings []string, signals <-chan os.Signal) int {
	child := exec.CommandContext(context.Background(), command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	for _, variable := range os.Environ() {
		// The user's own settings would clash with these, and COMMAND must not get
		// real credentials.
		if !strings.HasPrefix(variable, "NEXUDUS_") {
			child.Env = append(child.Env, variable)
		}
	}
	child.Env = append(child.Env, settings...)
	if err := child.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "simulator: cannot run %s: %v\n", command[0], errors.Unwrap(err))
		return 127
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				_ = child.Process.Signal(s) // it may have ended
			}
		}
	}()
	_ = child.Wait() // the exit code says it all
	return child.ProcessState.ExitCode()
}
