package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// parseAction returns the action with a name, or with a code in digits.
func parseAction(text string) (action nexudus.Action, ok bool) {
	if action, ok = nexudus.ActionByName(text); ok {
		return action, true
	}
	code, err := strconv.ParseInt(text, 10, 64)
	return nexudus.Action(code), err == nil && code >= 0 && strconv.FormatInt(code, 10) == text
}

// actionPointer returns nil for a value that is null, unknown or not an action.
func actionPointer(value types.String) *nexudus.Action {
	action, ok := parseAction(value.ValueString())
	if !ok {
		return nil
	}
	return &action
}

// actionText returns the name of an action, or its code if the provider does not know
// the name. It does not ask Nexudus: plan and apply could get different answers.
func actionText(action nexudus.Action) string {
	if name, known := action.Name(); known {
		return name
	}
	return strconv.FormatInt(int64(action), 10)
}

// isAction checks an attribute that selects an action.
func isAction(_, value string) (summary, detail string) {
	if _, ok := parseAction(value); ok {
		return "", ""
	}
	return "Unknown webhook event", unknownActionName(value, ". Did you mean %q?") +
		"\n\nFor an event that is newer than this version of the provider, use its code, such as \"91\"."
}

// unknownActionName says that there is no event with a name, and which names are similar: the
// closest, in the given words, or those that contain it.
func unknownActionName(name, closest string) string {
	text := fmt.Sprintf("No webhook event has the name %s", quote(name))
	// The panel has other words for some records.
	panel := strings.NewReplacer("floorplan", "floorplan", "customer", "coworker", "plan", "tariff", "article", "blogpost")
	word := panel.Replace(strings.ToLower(name))
	nearest := slices.MinFunc(nexudus.ActionNames(), func(a, b string) int { return cmp.Compare(distance(word, a), distance(word, b)) })
	if isSimilar(word, nearest) {
		return text + fmt.Sprintf(closest, nearest)
	}
	similar := slices.DeleteFunc(nexudus.ActionNames(), func(other string) bool {
		return word == "" || !strings.Contains(strings.ToLower(other), word)
	})
	if len(similar) == 0 {
		return text + ". The page of the resource nexudus_webhook lists all names."
	}
	return fmt.Sprintf("%s. Names that contain %q: %s.", text, word, join(atMostTen(similar)))
}

// distance is the number of edits between two names. It ignores case, so that a
// name that is wrong only in case is the nearest.
func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}

// isSimilar reports whether a text is probably a name with a typing error.
func isSimilar(text, name string) bool { return distance(text, name) <= min(len(name)/3, 4) }

// actionName returns the name of an action, or null if neither the provider nor Nexudus knows one.
func actionName(ctx context.Context, client *nexudus.Client, action *nexudus.Action) types.String {
	if action != nil {
		if name, known := client.ActionName(ctx, *action); known {
			return types.StringValue(name)
		}
	}
	return types.StringNull()
}
