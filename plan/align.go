package plan

// maxCells bounds the work of comparing two texts: blocks of one times blocks of the
// other. That is room for two texts of 2,000 blocks, many times what people write.
const maxCells = 4_000_000

// anchors returns, for each block of o, the place in x of the block that it certainly is,
// or -1. Anchors never cross.
//
// A block is certain when every longest common sequence of both texts pairs it with that
// one. Where repeated lines could be paired in several ways, none of them is taken: they
// belong to the edit around them. So no result depends on which of two equal lines an
// algorithm happens to prefer, which is how other merges come to double text.
func anchors(o, x []int) []int {
	begun, left := beginnings(o, x), ends(o, x)
	longest := int(begun[len(o)][len(x)])
	found := make([]int, longest) // by rank: 1 + the place in o; 0: none yet, -1: several
	to := make([]int, len(o))
	for i := range o {
		to[i] = -1
		for j := range x {
			rank := int(begun[i][j])
			if o[i] != x[j] || rank+1+int(left[i+1][j+1]) != longest {
				continue
			}
			switch was := found[rank]; {
			case was == 0:
				found[rank], to[i] = i+1, j
			case was > 0:
				found[rank], to[was-1] = -1, -1
			}
		}
	}
	return to
}

// beginnings returns the length of a longest common sequence of o[:i] and x[:j].
func beginnings(o, x []int) [][]uint16 {
	l := table(len(o), len(x))
	for i := range o {
		for j := range x {
			if o[i] == x[j] {
				l[i+1][j+1] = l[i][j] + 1
			} else {
				l[i+1][j+1] = max(l[i][j+1], l[i+1][j])
			}
		}
	}
	return l
}

// ends returns the length of a longest common sequence of o[i:] and x[j:].
func ends(o, x []int) [][]uint16 {
	l := table(len(o), len(x))
	for i := len(o) - 1; i >= 0; i-- {
		for j := len(x) - 1; j >= 0; j-- {
			if o[i] == x[j] {
				l[i][j] = l[i+1][j+1] + 1
			} else {
				l[i][j] = max(l[i+1][j], l[i][j+1])
			}
		}
	}
	return l
}

func table(n, m int) [][]uint16 {
	cells, rows := make([]uint16, (n+1)*(m+1)), make([][]uint16, n+1)
	for i := range rows {
		rows[i] = cells[i*(m+1) : (i+1)*(m+1)]
	}
	return rows
}
