; Literals, keys and forbidden places. Captures as in ../python/literals.scm, and:
;   @constant.*  as in ../go/literals.scm

(string_literal) @literal
(verbatim_string_literal) @literal
(raw_string_literal) @literal
(interpolated_string_expression) @literal
(integer_literal) @number
(real_literal) @number

(comment) @void
(using_directive) @import
(identifier) @name

((variable_declaration (variable_declarator name: (identifier) @key (_) @value .)) @pair (#set! group "prefix"))
((property_declaration name: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (identifier) @key right: (_) @value) @pair (#set! group "siblings"))
((assignment_expression left: (member_access_expression name: (identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (element_access_expression subscript: (bracketed_argument_list . (argument (string_literal) @key) .)) right: (_) @value) @pair
  (#set! group "prefix"))
((assignment_expression left: (element_binding_expression . (argument (string_literal) @key) .) right: (_) @value) @pair
  (#set! group "siblings"))
((initializer_expression (initializer_expression . (string_literal) @key . (_) @value .) @pair) (#set! group "siblings"))
((argument name: (identifier) @key (_) @value .) @pair (#set! group "siblings"))
((parameter name: (identifier) @key (_) @value .) @pair (#set! group "siblings"))

((field_declaration (modifier) @constant.token
    (variable_declaration (variable_declarator name: (identifier) @constant.name (_) @constant.value .) @constant.one) @constant.all)
  (#eq? @constant.token "const") (#set! becomes "static readonly"))
((local_declaration_statement (modifier) @constant.token
    (variable_declaration (variable_declarator name: (identifier) @constant.name (_) @constant.value .) @constant.one) @constant.all)
  (#eq? @constant.token "const") (#set! becomes ""))

((attribute) @constant (#set! reason "an attribute's argument is made of it"))
((parameter (_) @constant .) (#set! reason "it is a parameter's default value"))
((constant_pattern) @constant (#set! reason "it stands in a pattern or `case` label"))
((goto_statement) @constant (#set! reason "it is a `case` label"))
((field_declaration (variable_declaration (variable_declarator (identifier) [(identifier) (member_access_expression)] @constant .)))
  (#set! reason "another field is made of it, and fields are set in their order"))
((field_declaration (variable_declaration (variable_declarator (identifier) (binary_expression (identifier) @constant) .)))
  (#set! reason "another field is made of it, and fields are set in their order"))
((field_declaration (variable_declaration (variable_declarator (identifier) (interpolated_string_expression (interpolation (identifier) @constant)) .)))
  (#set! reason "another field is made of it, and fields are set in their order"))

((attribute) @manual (#set! reason "an attribute's argument has to be a constant"))
((parameter (_) @manual .) (#set! reason "a parameter's default value has to be a constant: let it be null, and set it in the body"))
((constant_pattern) @manual (#set! reason "a pattern or `case` label has to be a constant"))
((goto_statement) @manual (#set! reason "the literal is a `case` label"))
((enum_member_declaration) @manual (#set! reason "the literal is an enum's value"))
((interpolation) @manual (#set! reason "the literal stands inside an interpolated string"))
((element_access_expression subscript: (_) @manual) (#set! reason "the literal is a key"))
((element_binding_expression) @manual (#set! reason "the literal is a key"))
((initializer_expression (initializer_expression . (string_literal) @manual . (_) .)) (#set! reason "the literal is a key"))
((binary_expression left: [(string_literal) (verbatim_string_literal) (raw_string_literal)] @manual operator: "+" right: [(string_literal) (verbatim_string_literal) (raw_string_literal)] @manual)
  (#set! reason "the value is put together from pieces with `+`"))
