; Literals, keys and forbidden places of Python. Captures:
;   @literal  a string the engine can decode      @number   a number, for neighbours
;   @key @value @pair  a name, what it is given, and the node whose siblings are its neighbours
;   @manual   a place where no expression may stand; `reason` says why
;   @void     text that no program reads: comments and docstrings
;   @head @import  what stays at the file's head, and its imports
;   @name     an identifier that a new name must not collide with

(string) @literal
(concatenated_string) @literal
(integer) @number
(float) @number

(comment) @void
(module . (comment)* . (expression_statement (string)) @void @head)
(module . (comment)* . (expression_statement (concatenated_string)) @void @head)
(function_definition body: (block . (expression_statement (string)) @void))
(class_definition body: (block . (expression_statement (string)) @void))

(module (future_import_statement) @head)
(module (import_statement) @import)
(module (import_from_statement) @import)
(identifier) @name

((assignment left: (identifier) @key right: (_) @value) @pair (#set! group "prefix"))
((assignment left: (attribute attribute: (identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment left: (subscript subscript: (string) @key) right: (_) @value) @pair (#set! group "prefix"))
((named_expression name: (identifier) @key value: (_) @value) @pair (#set! group "none"))
((pair key: (string) @key value: (_) @value) @pair (#set! group "siblings"))
((pair key: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((keyword_argument name: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((default_parameter name: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((typed_default_parameter name: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))

((pair key: [(string) (concatenated_string)] @manual) (#set! reason "the literal is a dictionary key"))
((case_pattern) @manual (#set! reason "a match pattern takes a literal only"))
((type) @manual (#set! reason "the literal is part of a type annotation"))
((subscript value: (identifier) @_literal) @manual
  (#eq? @_literal "Literal") (#set! reason "`Literal[...]` takes a literal only"))
((subscript value: (attribute attribute: (identifier) @_literal)) @manual
  (#eq? @_literal "Literal") (#set! reason "`Literal[...]` takes a literal only"))
((assignment left: (identifier) @_all right: (_) @manual)
  (#eq? @_all "__all__") (#set! reason "`__all__` lists names"))
((interpolation) @manual (#set! reason "the literal stands inside an f-string"))
((binary_operator left: [(string) (concatenated_string)] @manual operator: "+" right: [(string) (concatenated_string)] @manual)
  (#set! reason "the value is put together from pieces with `+`"))
