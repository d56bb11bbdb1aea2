package markup

// pair matches an old position with a new one; -1 where there is none.
type pair struct{ before, after int }

// exactLimit bounds the table of the exact algorithm; above it a greedy one does.
const exactLimit = 1 << 22

// align matches equal keys in order, as many as possible. The result lists every
// new position once, in order, with the old one it keeps or -1.
func align(before, after []string) []pair {
	out := make([]pair, len(after))
	for i := range out {
		out[i] = pair{-1, i}
	}
	lo := 0
	for lo < len(before) && lo < len(after) && before[lo] == after[lo] {
		out[lo].before = lo
		lo++
	}
	b, a := len(before), len(after)
	for b > lo && a > lo && before[b-1] == after[a-1] {
		b, a = b-1, a-1
		out[a].before = b
	}
	middle := exact
	if (b-lo)*(a-lo) > exactLimit {
		middle = greedy
	}
	middle(before[lo:b], after[lo:a], func(i, j int) { out[lo+j].before = lo + i })
	return out
}

// exact finds a longest common subsequence.
func exact(before, after []string, match func(i, j int)) {
	n, m := len(before), len(after)
	if n == 0 || m == 0 {
		return
	}
	length := make([][]int32, n+1)
	for i := range length {
		length[i] = make([]int32, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if before[i] == after[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case before[i] == after[j]:
			match(i, j)
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
}

// greedy takes for each new key the next equal old one, in linear time.
func greedy(before, after []string, match func(i, j int)) {
	at := map[string][]int{}
	for i, k := range before {
		at[k] = append(at[k], i)
	}
	last := -1
	for j, k := range after {
		where := at[k]
		for len(where) > 0 && where[0] <= last {
			where = where[1:]
		}
		at[k] = where
		if len(where) > 0 {
			last = where[0]
			match(last, j)
		}
	}
}
