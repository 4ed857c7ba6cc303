// Command terraform-provider-nexudus serves the Nexudus provider. Terraform and
// OpenTofu start it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/provider"
)

// version and commit are set by the release build.
var version, commit = "dev", "unknown"

func main() {
	attach := flag.Bool("debug", false, "serve until interrupted, for a debugger to attach")
	showVersion := flag.Bool("version", false, "print the version and the commit, and exit")
	flag.Parse()
	if *showVersion {
		fmt.Printf("terraform-provider-nexudus %s, commit %s\n", version, commit)
		return
	}

	// By default, the SDK writes a TRACE log of each call to standard error, which
	// the CLI parses and then drops.
	logs := logsAsked(os.Environ())
	if !logs {
		for _, name := range []string{"TF_LOG_PROVIDER", "TF_LOG_SDK"} {
			if err := os.Setenv(name, "OFF"); err != nil {
				log.Fatal(err)
			}
		}
	}

	// A plan that reads 200 webhooks takes 15% less CPU time than with Go's default of
	// 100, and 3 MB more memory. Higher values save little, and a plan over 1,000 managed
	// webhooks would need more than twice the memory of a plan over one.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}

	if !*attach { // with -debug there is no CLI
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		go endWithParent(os.Getppid(), signals)
	}
	var options []tf6server.ServeOpt
	if *attach {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve("registry.terraform.io/nexudus-community/nexudus", provider.NewServer(version, logs), options...); err != nil {
		log.Fatal(err)
	}
}

// parentCheck is the time between two looks at the parent process.
const parentCheck = 10 * time.Second

// endWithParent ends the process after the CLI that has started it. A CLI that is killed
// cannot stop its provider, which would go on waiting for calls. On Windows, where
// a process keeps the ID of its dead parent, it never does.
//
// A signal does not end the process while the CLI runs: CI systems end a job with
// a signal to its whole process group. The CLI then stops the provider itself, and
// reports a crash if the provider is already gone.
func endWithParent(parent int, signals <-chan os.Signal) {
	ticker := time.NewTicker(parentCheck)
	for os.Getppid() == parent {
		select {
		case <-signals:
		case <-ticker.C:
		}
	}
	os.Exit(1)
}

// logsAsked reports whether an environment asks for logs of the provider or of
// the SDK below it. See https://developer.hashicorp.com/terraform/plugin/log/managing.
func logsAsked(environment []string) bool {
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && !strings.EqualFold(value, "off") && (name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_PROVIDER") || strings.HasPrefix(name, "TF_LOG_SDK")) {
			return true
		}
	}
	return false
}
