# Lines "side, what, seconds" of one file or two: a measurement is slower when the median of `new` is more than `limit` percent
# above that of `base` in each file. What one side lacks is told and not judged. Exit code 1: something is slower, 2: nothing
# could be compared.
function median(list, count, i, j, t, v) {
  count = split(list, v, " ")
  for (i = 2; i <= count; ++i)
    for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; --j) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
  return count % 2 ? v[(count + 1) / 2] + 0 : (v[count / 2] + v[count / 2 + 1]) / 2
}
BEGIN { FS = ", *" }
FNR == 1 { ++files }
NF == 3 && ($1 == "base" || $1 == "new") && $3 + 0 > 0 {
  if (!($2 in known)) { known[$2]; order[++whats] = $2 }
  seconds[files, $1, $2] = seconds[files, $1, $2] " " $3
  next
}
NF { print FILENAME ":" FNR ": not \"base|new, what, seconds\": " $0 > "/dev/stderr"; bad = 1 }
END {
  if (bad) exit 2
  for (n = 1; n <= whats; ++n) {
    what = order[n]
    slow = 0
    told = ""
    for (f = 1; f <= files; ++f) {
      if (!((f, "base", what) in seconds) || !((f, "new", what) in seconds)) {
        told = "  only in " ((f, "base", what) in seconds ? "base" : "new")
        break
      }
      b = median(seconds[f, "base", what]); m = median(seconds[f, "new", what])
      slow += m > b * (1 + limit / 100) * (1 + 1e-12)
      told = told sprintf("  %.4f s -> %.4f s, %+.1f %%", b, m, 100 * (m / b - 1))
    }
    if (f > files) ++compared
    is_slow = f > files && slow == files
    failed += is_slow
    print (is_slow ? "SLOWER  " : "        ") what ":" told
  }
  if (!compared) { print "nothing could be compared" > "/dev/stderr"; exit 2 }
  print failed + 0 " of " compared " measurements more than " limit " % slower" (files > 1 ? ", twice" : "")
  exit failed > 0
}
