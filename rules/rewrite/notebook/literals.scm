(string) @literal
(number) @number

; A cell's lines are an array of strings, or one string.
((pair key: (string) @_key value: (_) @manual)
  (#eq? @_key "\"source\"") (#set! reason "it stands in a notebook's cell, which is code in a JSON text"))
((pair key: (string) @_key value: (_) @manual)
  (#any-of? @_key "\"outputs\"" "\"attachments\"")
  (#set! reason "it stands in what a notebook's cell printed; clear the outputs"))
