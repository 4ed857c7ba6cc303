package main

import "testing"

// The SDK's log is switched off only when nobody asks for it.
func TestLogsAsked(t *testing.T) {
	for variable, want := range map[string]bool{
		"TF_LOG=TRACE": true, "TF_LOG_PROVIDER=DEBUG": true, "TF_LOG_PROVIDER_NEXUDUS=DEBUG": true, "TF_LOG_SDK=WARN": true,
		"TF_LOG_SDK_PROTO=TRACE": true, "TF_LOG=": false, "TF_LOG=off": false, "TF_LOG_CORE=TRACE": false, "TF_LOG_PATH=log": false, "HOME=/": false,
	} {
		if got := logsAsked([]string{"PATH=/bin", variable}); got != want {
			t.Errorf("logsAsked(%q) = %v, want %v", variable, got, want)
		}
	}
}
