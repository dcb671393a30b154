# Reads the output of a test runner and prints how many test cases passed,
# failed and were skipped. Prints "0 0 0" if the output does not tell.

function count(kind, n) {
    if (kind ~ /^(pass|passed|ok|xfailed)$/) passed += n
    else if (kind ~ /^(fail|failed|failures|errors?|timeout|cancelled|xpassed|unexpected)$/) failed += n
    else if (kind ~ /^(skip|skipped|broken)$/) skipped += n
}

{
    gsub(/\033\[[0-9;]*m/, "")
    line = tolower($0)
}

# Meson: a summary with one line for each kind.  Ok:   3
line ~ /^(ok|fail|skipped|timeout|unexpected pass): +[0-9]+ *$/ { sub(/:/, "", $1); count(tolower($1), $NF) }
line ~ /^expected fail: +[0-9]+ *$/ { count("ok", $NF) }

# pytest, and the closing line of Lina's own runners.  == 2 failed, 3 passed in 0.1s ==  or  3 passed, 0 failed
line ~ /[0-9] [a-z]+ in [0-9.]+s/ || line ~ /^([a-z]+: )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
    words = split(line, word, /[ ,=]+/)
    for (i = 2; i <= words; i++)
        if (word[i - 1] ~ /^[0-9]+$/) count(word[i], word[i - 1])
}

# Node.  # pass 3
line ~ /^(#|ℹ) (pass|fail|cancelled|skipped) [0-9]+$/ { count($2, $3) }

# Maven.  [INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0
line ~ /tests run: [0-9]+, failures: [0-9]+, errors: [0-9]+, skipped: [0-9]+$/ {
    split(line, word, /[^0-9]+/)
    count("passed", word[2] - word[3] - word[4] - word[5])
    count("failed", word[3] + word[4])
    count("skipped", word[5])
}

# Julia: the columns' names, then the totals of the outermost set.
#     Test Summary: | Pass  Fail  Total
#     arrays        |   11     1     12
columns { totals = $0; sub(/.*\|/, "", totals); split(totals, number)
    for (i = 1; i <= columns; i++) count(tolower(name[i]), number[i])
    columns = 0
}
/^Test Summary: *\|/ { sub(/.*\|/, ""); columns = split($0, name) }

END { print passed + 0, failed + 0, skipped + 0 }
