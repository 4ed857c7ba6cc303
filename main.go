// Command terraform-provider-nexudus serves the Nexudus provider to Terraform
// and OpenTofu, which start it.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve until interrupted, for a debugger to attach")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/nexudus-community/nexudus",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
