// Command simulator serves a small made-up Nexudus account on a loopback port.
//
//	simulator -- COMMAND …
//
// runs COMMAND with NEXUDUS_BASE_URL and NEXUDUS_ACCESS_TOKEN, and leaves with
// its exit code. Without COMMAND it prints both settings and serves until it is
// interrupted.
package main

import (
	"context"
	"errors"
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

func main() {
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	os.Exit(run(command))
}

func run(command []string) int {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		return 1
	}
	account := simulator.Demo()
	server := &http.Server{Handler: account, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer server.Close()
	settings := []string{
		fmt.Sprintf("NEXUDUS_BASE_URL=http://%s/api", listener.Addr()),
		"NEXUDUS_ACCESS_TOKEN=" + account.IssueToken("demo@example.com"),
	}

	// An interrupt from the keyboard reaches COMMAND as well, which needs the
	// server until it has ended.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if len(command) == 0 {
		fmt.Println("export " + strings.Join(settings, "\nexport "))
		<-signals
		return 0
	}
	return runCommand(command, settings, signals)
}

func runCommand(command, settings []string, signals <-chan os.Signal) int {
	child := exec.CommandContext(context.Background(), command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	for _, variable := range os.Environ() {
		// A person's own settings would clash with these, and their
		// credentials have no business here.
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
