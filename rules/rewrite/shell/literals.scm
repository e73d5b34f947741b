; Literals, keys and forbidden places. Captures as in ../python/literals.scm, and:
;   @never    a sign that nothing in the file may be rewritten; `reason` says why

(raw_string) @literal
(string) @literal
(word) @literal
(extglob_pattern) @literal
(number) @literal @number
(ansi_c_string) @literal
(concatenation) @literal
(heredoc_body) @literal
(comment) @void

(variable_name) @name
(function_definition name: (word) @name)

; Options of the shell itself stay first.
((program (command name: (command_name (word) @_name)) @head) (#match? @_name "^(set|shopt|setopt|emulate)$"))

; No neighbours are told: a JSON secret would make the script need jq.
(variable_assignment name: (variable_name) @key value: (_) @value) @pair
(variable_assignment name: (subscript index: (_) @key) value: (_) @value) @pair

((command_name) @manual (#set! reason "the literal is a command's name"))
((function_definition name: (word) @manual) (#set! reason "the literal is a function's name"))
((case_item value: (_) @manual) (#set! reason "the literal is a `case` label"))
((expansion) @manual (#set! reason "the literal is a default that is used only where the variable isn't set, and the script would read the secret each time"))
((heredoc_redirect (heredoc_start) @_start (heredoc_body) @manual)
  (#match? @_start "['\"\\\\]") (#set! reason "the here-document is quoted, so that nothing is filled in"))
((command_substitution) @manual (#match? @manual "^`") (#set! reason "the literal stands in backquotes"))
((translated_string) @manual (#set! reason "the literal is translated when the script runs"))
((subscript index: (_) @manual) (#set! reason "the literal is an array's key"))
((command name: (command_name (word) @_name) argument: (_) @manual)
  (#match? @_name "^(alias|trap|eval)$") (#set! reason "the shell reads the literal as a command once more"))
((command name: (command_name (word) @_name) argument: (word) @_option . argument: (_) @manual)
  (#match? @_name "^(ba|da|k|mk|z)?sh$") (#match? @_option "^-[a-z]*c$")
  (#set! reason "the literal is a script of its own"))
((binary_expression "=~" . (_) @manual) (#set! reason "the literal is a regular expression"))
; The grammar takes the quote after an escaped backslash for an escaped one.
((ansi_c_string) @never (#match? @never "^[$]'([^\\\\']|\\\\(?s:.))*'(?s:.)")
  (#set! reason "the file has a string whose end arnify can't tell"))
((program) @never (#match? @never "\r\n")
  (#set! reason "the file's lines end in CRLF, which a shell takes for a part of the text; convert it first"))
