(string) @literal
(number) @number

; A cell's lines are an array of strings, or one string.
((document (object (pair key: (string) @_cells value: (array
    (object (pair key: (string) @_type value: (string) @_code) (pair key: (string) @_source value: [(array) (string)] @embedded))))))
  (#eq? @_cells "\"cells\"") (#eq? @_type "\"cell_type\"") (#eq? @_code "\"code\"") (#eq? @_source "\"source\""))
((document (object (pair key: (string) @_cells value: (array
    (object (pair key: (string) @_source value: [(array) (string)] @embedded) (pair key: (string) @_type value: (string) @_code))))))
  (#eq? @_cells "\"cells\"") (#eq? @_type "\"cell_type\"") (#eq? @_code "\"code\"") (#eq? @_source "\"source\""))

((document (object (pair key: (string) @_meta value: (object
    (pair key: (string) @_of value: (object (pair key: (string) @_key value: (string) @embedded.sign)))))))
  (#eq? @_meta "\"metadata\"") (#any-of? @_of "\"kernelspec\"" "\"language_info\"") (#any-of? @_key "\"language\"" "\"name\"")
  (#match? @embedded.sign "^\"python3?\"$"))
((document (object (pair key: (string) @_meta value: (object
    (pair key: (string) @_of value: (object (pair key: (string) @_key value: (string) @embedded.against)))))))
  (#eq? @_meta "\"metadata\"") (#eq? @_of "\"kernelspec\"") (#eq? @_key "\"language\"") (#not-eq? @embedded.against "\"python\""))
((document (object (pair key: (string) @_meta value: (object
    (pair key: (string) @_of value: (object (pair key: (string) @_key value: (string) @embedded.against)))))))
  (#eq? @_meta "\"metadata\"") (#eq? @_of "\"language_info\"") (#eq? @_key "\"name\"") (#not-eq? @embedded.against "\"python\""))
((document (object (pair key: (string) @_meta value: (object
    (pair key: (string) @_of value: (object (pair key: (string) @_key value: (string) @embedded.against)))))))
  (#eq? @_meta "\"metadata\"") (#eq? @_of "\"kernelspec\"") (#eq? @_key "\"name\"") (#eq? @embedded.against "\"python2\""))
((document (object (pair key: (string) @_meta value: (object
    (pair key: (string) @_of value: (object (pair key: (string) @_key value: (string) @embedded.against)))))))
  (#eq? @_meta "\"metadata\"") (#eq? @_of "\"language_info\"") (#eq? @_key "\"version\"") (#match? @embedded.against "^\"2\\."))
; An editor's mark of a cell in another language.
((pair key: (string) @_of value: (object (pair value: (object (pair key: (string) @_key value: (string) @embedded.other)))))
  (#eq? @_of "\"metadata\"") (#any-of? @_key "\"languageId\"" "\"language\"") (#not-eq? @embedded.other "\"python\""))

((pair key: (string) @_key value: (array (_)) @note)
  (#eq? @_key "\"outputs\"") (#set! note "Clear the notebook's outputs: what a cell printed stays in the file."))

((pair key: (string) @_key value: (_) @manual)
  (#eq? @_key "\"source\"") (#set! reason "it stands in a cell of text, which no program reads"))
((pair key: (string) @_key value: (_) @manual)
  (#any-of? @_key "\"outputs\"" "\"attachments\"")
  (#set! reason "it stands in what a notebook's cell printed; clear the outputs"))
