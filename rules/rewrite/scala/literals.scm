; Literals, keys and forbidden places of Scala 2 and 3. Captures as in ../java/literals.scm, and:
;   @constant.*  as in ../go/literals.scm
;   @early    what is computed in the order of the file, so that it must not use a constant that stands below it

(string) @literal
(interpolated_string_expression) @literal
((infix_expression operator: (operator_identifier) @_plus) @literal (#eq? @_plus "+"))
(integer_literal) @number
(comment) @void
(block_comment) @void
(compilation_unit (package_clause) @head)
(compilation_unit (import_declaration) @import)
(compilation_unit (package_clause name: (package_identifier) @package))
(compilation_unit (package_object name: (identifier) @package))
(identifier) @name
(type_identifier) @name
(class_definition name: (identifier) @own)
(object_definition name: (identifier) @own)
(trait_definition name: (identifier) @own)
(enum_definition name: (identifier) @own)
(function_definition name: (identifier) @own)
(type_definition name: (type_identifier) @own)
(val_definition pattern: (identifier) @own)
(var_definition pattern: (identifier) @own)
(parameter name: (identifier) @own)
(class_parameter name: (identifier) @own)
(import_declaration path: (identifier) @own .)

((val_definition pattern: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((var_definition pattern: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((function_definition name: (identifier) @key body: (_) @value) @pair (#set! group "none"))
((given_definition name: (identifier) @key body: (_) @value) @pair (#set! group "none"))
((parameter name: (identifier) @key default_value: (_) @value) @pair (#set! group "siblings"))
((class_parameter name: (identifier) @key default_value: (_) @value) @pair (#set! group "siblings"))
((arguments (assignment_expression left: (identifier) @key right: (_) @value) @pair) (#set! group "siblings"))
((template_body (assignment_expression left: (identifier) @key right: (_) @value) @pair) (#set! group "prefix"))
((block (assignment_expression left: (identifier) @key right: (_) @value) @pair) (#set! group "prefix"))
((indented_block (assignment_expression left: (identifier) @key right: (_) @value) @pair) (#set! group "prefix"))
((assignment_expression left: (field_expression field: (identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (call_expression arguments: (arguments (string) @key .)) right: (_) @value) @pair (#set! group "prefix"))
((infix_expression left: (string) @key operator: (operator_identifier) @_to right: (_) @value) @pair
  (#eq? @_to "->") (#set! group "siblings"))
((tuple_expression . (string) @key . (_) @value .) @pair (#set! group "siblings"))
((call_expression function: (field_expression field: (identifier) @_name) arguments: (arguments . (string) @key . (_) @value .)) @pair
  (#match? @_name "^(?:put|putIfAbsent|set|setProperty|setHeader|setAttribute|add|addHeader|header|withHeader|updated|update|config|option|property|getOrElse)$")
  (#set! group "none"))
((simple_enum_case name: (identifier) @key extend: (extends_clause arguments: (arguments . (_) @value .))) @pair (#set! group "none"))

((val_definition
    (modifiers (inline_modifier) @constant.token)
    pattern: (identifier) @constant.one @constant.name
    value: (_) @constant.value) @constant.all
  (#set! becomes ""))
((val_definition (modifiers (inline_modifier)) value: (_) @note)
  (#set! note "It is no `inline` value any more: other files that use it in an annotation or another `inline` definition may not compile."))
((val_definition (modifiers (inline_modifier)) value: (_) @final))
((val_definition (modifiers "final") !type value: (_) @final))
(val_definition value: (_) @early)
(var_definition value: (_) @early)
(template_body (call_expression) @early)
((val_definition . (modifiers . "final" .) !type value: (_) @note)
  (#set! note "Other files that use it in an annotation of Java don't compile: it is no constant any more."))

((annotation) @constant (#set! reason "an annotation may take constants only"))
((case_clause pattern: (_) @manual) (#set! reason "it is a `case` label"))
((val_definition pattern: (_) @manual) (#set! reason "it is a pattern"))
((enumerator . (_) @manual "<-") (#set! reason "it is a pattern"))
((literal_type) @constant (#set! reason "it is a type"))
((val_definition (modifiers (inline_modifier)) value: (_) @constant) (#set! reason "an `inline` value is made of it"))
((function_definition (modifiers (transparent_modifier)) body: (_) @constant)
  (#set! reason "the value is the type of a `transparent` definition"))

((val_definition type: (literal_type) value: (_) @manual) (#set! reason "its type allows the one value only"))
((var_definition type: (literal_type) value: (_) @manual) (#set! reason "its type allows the one value only"))
((parameter type: (literal_type) default_value: (_) @manual) (#set! reason "its type allows the one value only"))
((class_parameter type: (literal_type) default_value: (_) @manual) (#set! reason "its type allows the one value only"))
((function_definition return_type: (literal_type) body: (_) @manual) (#set! reason "its type allows the one value only"))
((ascription_expression type: (literal_type)) @manual (#set! reason "its type allows the one value only"))
((val_definition type: (infix_type (literal_type)) value: (_) @manual) (#set! reason "its type allows some values only"))
((var_definition type: (infix_type (literal_type)) value: (_) @manual) (#set! reason "its type allows some values only"))
((parameter type: (infix_type (literal_type)) default_value: (_) @manual) (#set! reason "its type allows some values only"))
((class_parameter type: (infix_type (literal_type)) default_value: (_) @manual) (#set! reason "its type allows some values only"))
((val_definition type: (infix_type operator: (_) @_of) value: (_) @manual) (#not-match? @_of "^[|&]$")
  (#set! reason "its type may be checked when the program is compiled"))
((class_parameter type: (infix_type operator: (_) @_of) default_value: (_) @manual) (#not-match? @_of "^[|&]$")
  (#set! reason "its type may be checked when the program is compiled"))
((parameter type: (infix_type operator: (_) @_of) default_value: (_) @manual) (#not-match? @_of "^[|&]$")
  (#set! reason "its type may be checked when the program is compiled"))
((val_definition type: (generic_type type: (type_identifier) @_of) value: (_) @manual) (#match? @_of "^(?:Refined|IronType)$")
  (#set! reason "its type may be checked when the program is compiled"))
((xml_expression) @manual (#set! reason "the literal stands in XML"))
((quote_expression) @manual (#set! reason "the literal stands in code that a macro makes"))
((interpolation) @manual (#set! reason "the literal stands inside an interpolated string"))
((infix_expression left: [(string) (interpolated_string_expression)] @manual operator: (identifier) @_same) (#match? @_same "^(?:eq|ne)$")
  (#set! reason "the literal is compared by identity"))
((infix_expression operator: (identifier) @_same right: [(string) (interpolated_string_expression)] @manual) (#match? @_same "^(?:eq|ne)$")
  (#set! reason "the literal is compared by identity"))
((infix_expression left: (infix_expression operator: (_) @_one right: (string) @manual) operator: (_) @_two right: (string))
  (#eq? @_one "+") (#eq? @_two "+") (#set! reason "the value is put together from pieces with `+`"))
((infix_expression left: (infix_expression operator: (_) @_one right: (string)) operator: (_) @_two right: (string) @manual)
  (#eq? @_one "+") (#eq? @_two "+") (#set! reason "the value is put together from pieces with `+`"))

((package_clause body: (_)) @never (#set! reason "its packages have bodies: it can't be told where the import belongs"))
((compilation_unit (package_object) @never
    [(class_definition) (object_definition) (trait_definition) (enum_definition) (package_object)])
  (#set! reason "a package object and other definitions stand in one file"))
((compilation_unit [(class_definition) (object_definition) (trait_definition) (enum_definition)] @never (package_object))
  (#set! reason "a package object and other definitions stand in one file"))
((using_directive) @never (#set! reason "the file says itself what it is built with: add the dependency there by hand"))
((compilation_unit . (comment) @never) (#match? @never "^#!")
  (#set! reason "it is a script, which has no classes of a project beside it"))
